using System;
using System.IO;
using System.Runtime.InteropServices;

namespace OciLayout.Storage;

/// <summary>
/// A file that is made and written, with the three calls that takes on Linux. The framework's stream also locks it for others, asks what file
/// system it is on and where its end is, which is half of what a small file costs.
/// </summary>
internal sealed class NewFileStream : Stream
{
    private const int Interrupted = 4; // EINTR

    private readonly FileDescriptor _file;
    private readonly string _path;

    private NewFileStream(FileDescriptor file, string path)
    {
        _file = file;
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
        new(FileDescriptor.Create(path, mode), path);

    public override unsafe void Write(byte[] buffer, int offset, int count)
    {
        if (count == 0) return;
        var isHeld = false;
        try
        {
            _file.DangerousAddRef(ref isHeld);
            fixed (byte* start = &buffer[offset])
            {
                for (var done = 0; done < count;)
                {
                    var written = Libc.Write(_file.Number, start + done, count - done, Position);
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
        finally
        {
            if (isHeld) _file.DangerousRelease();
        }
    }

    public override void SetLength(long value)
    {
        var isHeld = false;
        try
        {
            _file.DangerousAddRef(ref isHeld);
            Native.Checked(Libc.SetLength(_file.Number, value), _path);
        }
        finally
        {
            if (isHeld) _file.DangerousRelease();
        }
    }

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _file.Dispose();
        base.Dispose(disposing);
    }
}
