using System;
using System.Runtime.InteropServices;

namespace OciLayout.Storage;

/// <summary>An open file of Unix, a third as large as the handle of the framework, which also asks at its end whether the file was locked.</summary>
internal sealed class FileDescriptor : SafeHandle
{
    private FileDescriptor(int file)
        : base((IntPtr)(-1), ownsHandle: true) => SetHandle((IntPtr)file);

    public override bool IsInvalid => handle == (IntPtr)(-1);

    /// <summary>The number, for those who know that nobody closes it meanwhile.</summary>
    public int Number => (int)handle;

    /// <summary>Opens a file for reading. Nobody waits for the other end of a FIFO.</summary>
    public static FileDescriptor Open(FilePath path) => new(Native.OpenFile(path));

    /// <summary>Makes a file that must not exist, for writing, on Linux; its mode is less the umask.</summary>
    public static FileDescriptor Create(FilePath path, int mode)
    {
        const int createOnly = 0x1 | 0x40 | 0x80 | 0x80000; // O_WRONLY, O_CREAT, O_EXCL, O_CLOEXEC
        return new(Native.Checked(Libc.Open(Native.Utf8(path), createOnly, mode), path));
    }

    /// <summary>Reads at a position, perhaps less than was asked for; zero bytes at the end. Somebody may close it meanwhile.</summary>
    public unsafe int Read(byte[] buffer, int offset, int count, long position, FilePath path)
    {
        var isHeld = false;
        try
        {
            DangerousAddRef(ref isHeld);
            fixed (byte* start = &buffer[offset])
            {
                for (; ; )
                {
                    var read = Libc.Read(Number, start, Math.Min(count, buffer.Length - offset), position);
                    if (read >= 0) return (int)read;
                    RequireInterruption(path);
                }
            }
        }
        finally
        {
            if (isHeld) DangerousRelease();
        }
    }

    /// <summary>Writes all at a position. Somebody may close it meanwhile.</summary>
    public unsafe void Write(byte[] buffer, int offset, int count, long position, FilePath path)
    {
        var isHeld = false;
        try
        {
            DangerousAddRef(ref isHeld);
            fixed (byte* start = &buffer[offset])
            {
                for (var done = 0; done < count;)
                {
                    var written = Libc.Write(Number, start + done, count - done, position + done);
                    if (written < 0) RequireInterruption(path);
                    else done += (int)written;
                }
            }
        }
        finally
        {
            if (isHeld) DangerousRelease();
        }
    }

    /// <summary>Cuts the file. Somebody may close it meanwhile.</summary>
    public void SetLength(long length, FilePath path)
    {
        var isHeld = false;
        try
        {
            DangerousAddRef(ref isHeld);
            Native.Checked(Libc.SetLength(Number, length), path);
        }
        finally
        {
            if (isHeld) DangerousRelease();
        }
    }

    // A call that a signal interrupted is made again.
    private static void RequireInterruption(FilePath path)
    {
        const int interrupted = 4; // EINTR
        if (Marshal.GetLastWin32Error() != interrupted) Native.Checked(-1, path);
    }

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
