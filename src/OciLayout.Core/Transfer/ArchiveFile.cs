using System;
using System.IO;
using OciLayout.Archives;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout.Transfer;

/// <summary>
/// A read-only stream of an uncompressed or gzip-compressed tar archive. The first bytes of the file decide, not its name. A compressed
/// archive that expands beyond its limit is refused.
/// </summary>
internal sealed class ArchiveFile : ReadOnlyStream
{

    /// <summary>The expansion limit of small archives, in bytes: 64 MiB.</summary>
    private const long AlwaysAllowed = 64L << 20;

    private readonly Input _input;
    private readonly Stream _content;
    private readonly string _path;
    private readonly long _length;
    private readonly long _most;
    private readonly Action<long>? _progress;
    private long _read;

    private ArchiveFile(Input input, bool compressed, string path, long length, long most, Action<long>? progress)
    {
        _input = input;
        var buffered = new BufferedStream(input, StreamExtensions.BufferSize);
        _content = compressed ? new GunzipStream(buffered) : buffered;
        PlainLength = compressed ? null : length;
        _path = path;
        _length = length;
        _most = most;
        _progress = progress;
    }

    /// <summary>The length of the tar in bytes; null when the archive is compressed.</summary>
    public long? PlainLength { get; }

    /// <summary>Opens an archive.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="path">The path of the archive.</param>
    /// <param name="expansionLimit">The largest growth of a compressed archive, as a factor. Growth to 64 MiB is always allowed.</param>
    /// <param name="progress">Called with the number of bytes of the file that were read so far.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.InvalidArchive"/>.</exception>
    public static ArchiveFile Open(IFileReader files, string path, int expansionLimit, Action<long>? progress)
    {
        if (files.Stat(path) is not { } fact) throw ArchiveErrors.NoArchive(path);
        if (fact.Kind != FileKind.File || fact.Length == 0) throw ArchiveErrors.NotAnArchive(path, fact.Kind == FileKind.Directory ? "a directory" : "empty, or not a regular file");
        var input = new Input(files.OpenRead(path));
        try
        {
            var compression = ArchiveKind.CompressionOf(input.Start, input.StartLength);
            if (compression == "gzip") return new ArchiveFile(input, true, path, fact.Length, Math.Max(AlwaysAllowed, Times(fact.Length, expansionLimit)), progress);
            if (compression is not null) throw ArchiveErrors.UnsupportedCompression(path, "it", compression);
            if (!ArchiveKind.IsTar(input.Start, input.StartLength)) throw ArchiveErrors.Invalid(path, "it is not a tar archive, compressed or uncompressed");
            return new ArchiveFile(input, false, path, fact.Length, long.MaxValue, progress);
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = _content.Read(buffer, offset, count);
        _read += read;
        if (_read > _most) throw ArchiveErrors.Invalid(_path, $"its {_length} compressed bytes expand to more than {_most} bytes, the limit");
        _progress?.Invoke(_input.BytesRead);
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _content.Dispose();
        base.Dispose(disposing);
    }

    private static long Times(long length, int factor) => length > long.MaxValue / factor ? long.MaxValue : length * factor;

    /// <summary>Reads the file from its beginning, including the bytes that were read to detect the compression.</summary>
    private sealed class Input : ReadOnlyStream
    {
        private readonly Stream _file;
        private int _given;

        public Input(Stream file)
        {
            _file = file;
            Start = ArchiveKind.ReadStart(file, out var count);
            StartLength = count;
        }

        public byte[] Start { get; }

        public int StartLength { get; }

        public long BytesRead { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = Math.Min(count, StartLength - _given);
            if (read > 0) Array.Copy(Start, _given, buffer, offset, read);
            else read = _file.Read(buffer, offset, count);
            if (_given < StartLength) _given += read;
            BytesRead += read;
            return read;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) _file.Dispose();
            base.Dispose(disposing);
        }
    }
}
