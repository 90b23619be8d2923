using System;
using System.IO;

namespace OciLayout.Storage;

/// <summary>
/// A regular file that is read, with the four calls that takes on Linux. The framework's stream asks twice where it is, and is three objects.
/// </summary>
internal sealed class ReadFileStream : Stream
{
    private readonly FileDescriptor _file;
    private readonly FilePath _path;
    private readonly long _length;

    private ReadFileStream(FileDescriptor file, FilePath path, long length)
    {
        _file = file;
        _path = path;
        _length = length;
    }

    /// <summary>Whether it works here: the calls have other shapes elsewhere.</summary>
    public static bool IsSupported => NewFileStream.IsSupported && Statx.IsSupported;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    /// <summary>How long it was when it was opened.</summary>
    public override long Length => _length;

    public override long Position { get; set; }

    /// <summary>Opens a file. What is no regular one is not found, and nobody waits for it.</summary>
    public static Stream Open(FilePath path)
    {
        var file = FileDescriptor.Open(path);
        if (!Statx.TryLook(file, out var length))
        {
            file.Dispose();
            return Native.OpenRead(path);
        }

        if (length >= 0) return new ReadFileStream(file, path, length);
        file.Dispose();
        throw Native.NotRegular(path);
    }

    /// <summary>
    /// Reads a file that is shorter than a buffer, with three calls and no object; zero when it is not, or cannot be read so. Less than is there
    /// may come from a file system that was interrupted; who compares digests sees that.
    /// </summary>
    public static unsafe int ReadShort(FilePath path, byte[] buffer)
    {
        if (!Native.TryOpenFile(path, out var file)) return 0;
        fixed (byte* start = buffer)
        {
            var read = (int)Libc.Read(file, start, buffer.Length, 0);
            _ = Libc.Close(file);
            return read > 0 && read < buffer.Length ? read : 0;
        }
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = _file.Read(buffer, offset, count, Position, _path);
        Position += read;
        return read;
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => _length + offset,
    };

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _file.Dispose();
        base.Dispose(disposing);
    }
}
