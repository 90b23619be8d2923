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

    public override void Write(byte[] buffer, int offset, int count)
    {
        if (count == 0) return;
        _file.Write(buffer, offset, count, Position, _path);
        Position += count;
    }

    public override void SetLength(long value) => _file.SetLength(value, _path);

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
