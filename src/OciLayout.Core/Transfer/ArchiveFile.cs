using System;
using System.IO;
using System.IO.Compression;
using OciLayout.Storage;
using OciLayout.Storage.Tar;

namespace OciLayout.Transfer;

/// <summary>
/// An archive as one stream of tar, whatever it is compressed with; its first bytes tell, not its name. A small file that grows without end
/// is refused.
/// </summary>
internal sealed class ArchiveFile : ReadOnlyStream
{
    private const int BufferSize = 128 * 1024;

    /// <summary>So much may come of anything: 64 MiB.</summary>
    private const long AlwaysAllowed = 64L << 20;

    private readonly Stream _file;
    private readonly Stream _content;
    private readonly string _path;
    private readonly long _most;
    private readonly Action<long>? _progress;
    private long _read;

    private ArchiveFile(Stream file, Stream content, string path, long most, Action<long>? progress)
    {
        _file = file;
        _content = content;
        _path = path;
        _most = most;
        _progress = progress;
    }

    /// <summary>How many bytes the archive has when it is not compressed; null when nobody knows.</summary>
    public long? PlainLength => ReferenceEquals(_file, _content) ? _file.Length : null;

    /// <summary>Opens an archive.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.InvalidArchive"/>.</exception>
    public static ArchiveFile Open(IFileSystem files, string path, int expansionLimit, Action<long>? progress)
    {
        if (files.Stat(path) is not { } fact) throw new OciException(OciErrorKind.NotFound, $"There is no archive '{path}'.", path);
        if (fact.Kind != FileKind.File || fact.Length == 0) throw TarReader.Invalid(path, fact.Kind == FileKind.Directory ? "it is a directory" : "it is empty or no file");
        var file = new BufferedStream(files.OpenRead(path), BufferSize);
        try
        {
            var start = ArchiveKind.ReadStart(file, out var count);
            var compression = ArchiveKind.CompressionOf(start.AsSpan(0, count));
            if (compression == "gzip") return new ArchiveFile(file, new GZipStream(file, CompressionMode.Decompress), path, Math.Max(AlwaysAllowed, Times(file.Length, expansionLimit)), progress);
            if (compression is not null) throw TarReader.Invalid(path, $"it is compressed with {compression}; only gzip is understood");
            if (!ArchiveKind.IsTar(start, count)) throw TarReader.Invalid(path, "it is no tar archive, compressed or not");
            return new ArchiveFile(file, file, path, long.MaxValue, progress);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = _content.Read(buffer, offset, count);
        _read += read;
        if (_read > _most) throw TarReader.Invalid(_path, $"its {_file.Length} bytes grow to more than {_most}, which no honest archive does");
        _progress?.Invoke(_file.Position);
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _content.Dispose();
            _file.Dispose();
        }

        base.Dispose(disposing);
    }

    private static long Times(long length, int factor) => length > long.MaxValue / factor ? long.MaxValue : length * factor;
}
