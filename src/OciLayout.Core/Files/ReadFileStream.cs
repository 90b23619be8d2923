using System;
using System.IO;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>
/// Reads a regular file with four system calls on Linux. <see cref="FileStream"/> makes two more to query the position, and allocates three
/// objects.
/// </summary>
internal sealed class ReadFileStream : Stream, IFileContent
{
    private readonly PosixFile _file;
    private readonly FilePath _path;
    private readonly long _length;
    private FileStream? _opened;

    private ReadFileStream(PosixFile file, FilePath path, long length)
    {
        _file = file;
        _path = path;
        _length = length;
    }

    /// <summary>Whether this class works on this system.</summary>
    public static bool IsSupported => NewFileStream.IsSupported && Statx.IsSupported;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    /// <summary>The length of the file when it was opened.</summary>
    public override long Length => _length;

    public override long Position { get; set; }

    /// <summary>Opens a regular file. Any other kind of file is reported as not found. Never blocks.</summary>
    public static Stream Open(FilePath path) => Over(PosixFile.Open(path), path);

    /// <summary>Opens a regular file by an absolute path without symbolic links.</summary>
    /// <exception cref="OciException">A part of the path is a link.</exception>
    public static Stream OpenWithoutLinks(string path) => Over(UnixFiles.TryOpen(path, 0) ?? throw SystemError.Failure(Errno.ENOENT, path), path);

    private static Stream Over(PosixFile file, FilePath path)
    {
        if (!Statx.TryStat(file, out var length))
        {
            file.Dispose();
            return Native.OpenRead(path);
        }

        if (length >= 0) return new ReadFileStream(file, path, length);
        file.Dispose();
        throw SystemError.NotRegular(path);
    }

    /// <summary>
    /// Reads a complete file that is shorter than the buffer, with three system calls and no allocation. Returns 0 if that is not possible.
    /// An interrupted file system may return fewer bytes, so the caller must compare the digest.
    /// </summary>
    public static unsafe int ReadShort(FilePath path, byte[] buffer)
    {
        if (!Native.TryOpenFile(path, out var file)) return 0;
        fixed (byte* start = buffer)
        {
            var read = (int)Libc.Pread(file, start, buffer.Length, 0);
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

    public FileRange? Take(int most)
    {
        var count = (int)Math.Min(most, _length - Position);
        if (count <= 0) return null;
        if ((_opened ??= TryOpenAgain()) is not { } file) return null;
        var range = new FileRange(file, Position, count);
        Position += count;
        return range;
    }

    // Sockets send only files that .NET has opened for asynchronous work. The name is that of the open file, also if it was renamed or deleted.
    private FileStream? TryOpenAgain()
    {
        try
        {
            return new FileStream(FormattableString.Invariant($"/proc/self/fd/{_file.Number}"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, useAsync: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => _length + offset,
    };

    public override void Flush()
    {
        // The stream has no buffer.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _opened?.Dispose();
            _file.Dispose();
        }

        base.Dispose(disposing);
    }
}
