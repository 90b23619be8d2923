using System;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>
/// An open file on Unix. It needs a third of the memory of a <see cref="SafeFileHandle"/>, which also makes a system call for locks on
/// close.
/// </summary>
internal sealed class PosixFile : SafeHandle
{
    private PosixFile(int file)
        : base((IntPtr)(-1), ownsHandle: true) => SetHandle((IntPtr)file);

    public override bool IsInvalid => handle == (IntPtr)(-1);

    /// <summary>The number of the descriptor. Only for callers that know that no other thread closes it.</summary>
    public int Number => (int)handle;

    /// <summary>Takes ownership of an open file.</summary>
    public static PosixFile Of(int file) => new(file);

    /// <summary>Opens a file for reading. Opening a FIFO does not block.</summary>
    public static PosixFile Open(FilePath path) => new(Native.OpenFile(path));

    /// <summary>Converts the descriptor to a handle of .NET, which then owns the file.</summary>
    public SafeFileHandle ToFileHandle()
    {
        var file = new SafeFileHandle(handle, ownsHandle: true);
        SetHandleAsInvalid();
        return file;
    }

    /// <summary>
    /// Reads at a position. May return fewer bytes than requested; returns 0 at the end. Another thread may close the file during the call.
    /// </summary>
    public unsafe int Read(byte[] buffer, int offset, int count, long position, FilePath path)
    {
        Check(buffer, offset, count);
        var isHeld = false;
        try
        {
            DangerousAddRef(ref isHeld);
            fixed (byte* start = buffer)
            {
                var read = (int)Libc.Pread(Number, start + offset, count, position);
                return SystemError.Checked(read, path);
            }
        }
        finally
        {
            if (isHeld) DangerousRelease();
        }
    }

    /// <summary>Writes all bytes at a position. Another thread may close the file during the call.</summary>
    public unsafe void Write(byte[] buffer, int offset, int count, long position, FilePath path)
    {
        Check(buffer, offset, count);
        var isHeld = false;
        try
        {
            DangerousAddRef(ref isHeld);
            fixed (byte* start = buffer)
            {
                for (var done = 0; done < count;)
                {
                    var written = SystemError.Checked((int)Libc.Pwrite(Number, start + offset + done, count - done, position + done), path);
                    if (written == 0) throw new IOException($"The file system accepted no data for '{path}' and reported no error.");
                    done += written;
                }
            }
        }
        finally
        {
            if (isHeld) DangerousRelease();
        }
    }

    /// <summary>Sets the length of the file. Another thread may close the file during the call.</summary>
    public void SetLength(long length, FilePath path)
    {
        var isHeld = false;
        try
        {
            DangerousAddRef(ref isHeld);
            SystemError.Checked(Libc.Ftruncate(Number, length), path);
        }
        finally
        {
            if (isHeld) DangerousRelease();
        }
    }

    // A wrong count would read or write memory outside the buffer.
    private static void Check(byte[] buffer, int offset, int count)
    {
        if (buffer is null) throw new ArgumentNullException(nameof(buffer));
        if (offset < 0 || count < 0 || count > buffer.Length - offset) throw new ArgumentException("The range is not in the buffer.", nameof(count));
    }

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
