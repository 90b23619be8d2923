using System;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OciLayout.Storage;

/// <summary>
/// A file that is made and written, with the three calls that takes on Linux. The framework's stream also locks it for others, asks what file
/// system it is on and where its end is, which is half of what a small file costs.
/// </summary>
internal sealed class NewFileStream : Stream
{
    private const int CreateOnly = 0x1 | 0x40 | 0x80 | 0x80000; // O_WRONLY, O_CREAT, O_EXCL, O_CLOEXEC
    private const int Interrupted = 4; // EINTR

    private readonly SafeFileHandle _handle;
    private readonly string _path;

    private NewFileStream(SafeFileHandle handle, string path)
    {
        _handle = handle;
        _path = path;
    }

    /// <summary>Whether it works here: the calls have other shapes elsewhere.</summary>
    public static bool IsSupported { get; } = RuntimeInformation.IsOSPlatform(OSPlatform.Linux) && IntPtr.Size == 8;

    public override bool CanRead => false;

    public override bool CanSeek => true;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get; set; }

    /// <summary>Makes a file that must not exist; its mode is less the umask.</summary>
    public static NewFileStream Create(string path, int mode) =>
        new(new SafeFileHandle((IntPtr)Native.Checked(open(Native.Utf8(path), CreateOnly, mode), path), ownsHandle: true), path);

    public override unsafe void Write(byte[] buffer, int offset, int count)
    {
        if (count == 0) return;
        fixed (byte* start = &buffer[offset])
        {
            for (var done = 0; done < count;)
            {
                var written = pwrite(_handle, start + done, (IntPtr)(count - done), Position).ToInt64();
                if (written < 0)
                {
                    if (Marshal.GetLastWin32Error() == Interrupted) continue;
                    _ = Native.Checked(-1, _path);
                }

                done += (int)written;
                Position += written;
            }
        }
    }

    public override void SetLength(long value) => Native.Checked(ftruncate(_handle, value), _path);

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _handle.Dispose();
        base.Dispose(disposing);
    }

#pragma warning disable SYSLIB1054, CA5392, IDE1006, SA1300 // LibraryImport is not in netstandard2.0; the names are libc's
    [DllImport("libc", SetLastError = true)]
    private static extern int open(byte[] path, int flags, int mode);

    [DllImport("libc", SetLastError = true)]
    private static extern unsafe IntPtr pwrite(SafeFileHandle file, byte* bytes, IntPtr count, long offset);

    [DllImport("libc", SetLastError = true)]
    private static extern int ftruncate(SafeFileHandle file, long length);
#pragma warning restore SYSLIB1054, CA5392, IDE1006, SA1300
}
