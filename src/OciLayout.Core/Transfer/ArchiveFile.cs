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
    private readonly long? _length;
    private readonly int _expansionLimit;
    private readonly IProgress<long>? _progress;
    private long _read;

    private ArchiveFile(Input input, bool compressed, string path, long? length, int expansionLimit, IProgress<long>? progress)
    {
        _input = input;
        var buffered = new BufferedStream(input, StreamExtensions.BufferSize);
        _content = compressed ? new GunzipStream(buffered) : buffered;
        PlainLength = compressed ? null : length;
        _path = path;
        _length = length;
        _expansionLimit = expansionLimit;
        _progress = progress;
    }

    /// <summary>The length of the tar in bytes; null when the archive is compressed, or its length is unknown.</summary>
    public long? PlainLength { get; }

    /// <summary>Opens an archive.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="path">The path of the archive.</param>
    /// <param name="expansionLimit">The largest growth of a compressed archive, as a factor. Growth to 64 MiB is always allowed.</param>
    /// <param name="progress">Called with the number of bytes of the file that were read so far.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.InvalidArchive"/>.</exception>
    public static ArchiveFile Open(IFileReader files, string path, int expansionLimit, IProgress<long>? progress)
    {
        if (files.Stat(path) is not { } fact) throw ArchiveErrors.NoArchive(path);
        if (fact.Kind != FileKind.File || fact.Length == 0) throw ArchiveErrors.NotAnArchive(path, fact.Kind == FileKind.Directory ? "a directory" : "empty, or not a regular file");
        return Open(files.OpenRead(path), leaveOpen: false, path, fact.Length, expansionLimit, progress);
    }

    /// <summary>Opens an archive that is a stream, which stays open.</summary>
    /// <param name="archive">A stream at the beginning of the archive.</param>
    /// <param name="name">The name of the archive, for messages.</param>
    /// <param name="expansionLimit">The largest growth of a compressed archive, as a factor. Growth to 64 MiB is always allowed.</param>
    /// <param name="progress">Called with the number of bytes of the archive that were read so far.</param>
    public static ArchiveFile Open(Stream archive, string name, int expansionLimit, IProgress<long>? progress)
    {
        long? length = archive.CanSeek ? archive.Length - archive.Position : null;
        return Open(archive, leaveOpen: true, name, length, expansionLimit, progress);
    }

    private static ArchiveFile Open(Stream archive, bool leaveOpen, string path, long? length, int expansionLimit, IProgress<long>? progress)
    {
        var input = new Input(archive, leaveOpen);
        try
        {
            var compression = ArchiveKind.CompressionOf(input.Start, input.StartLength);
            if (compression == "gzip") return new ArchiveFile(input, true, path, length, expansionLimit, progress);
            if (compression is not null) throw ArchiveErrors.UnsupportedCompression(path, "it", compression);
            if (!ArchiveKind.IsTar(input.Start, input.StartLength)) throw ArchiveErrors.Invalid(path, "it is not a tar archive, compressed or uncompressed");
            return new ArchiveFile(input, false, path, length, expansionLimit, progress);
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
        if (_content is GunzipStream) CheckGrowth();
        _progress?.Report(_input.BytesRead);
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _content.Dispose();
        base.Dispose(disposing);
    }

    // The length of a stream may be unknown. The bytes that were read so far take its place then.
    private void CheckGrowth()
    {
        var length = _length ?? _input.BytesRead;
        var most = Math.Max(AlwaysAllowed, length > long.MaxValue / _expansionLimit ? long.MaxValue : length * _expansionLimit);
        if (_read > most) throw ArchiveErrors.Invalid(_path, $"its {length} compressed bytes expand to more than {most} bytes, the limit");
    }

    /// <summary>Reads the file from its beginning, including the bytes that were read to detect the compression.</summary>
    private sealed class Input : ReadOnlyStream
    {
        private readonly Stream _file;
        private readonly bool _leaveOpen;
        private int _given;

        public Input(Stream file, bool leaveOpen)
        {
            _file = file;
            _leaveOpen = leaveOpen;
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
            if (disposing && !_leaveOpen) _file.Dispose();
            base.Dispose(disposing);
        }
    }
}
