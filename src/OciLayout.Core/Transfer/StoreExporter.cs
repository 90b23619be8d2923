using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Threading;
using OciLayout.Storage;
using OciLayout.Storage.Tar;

namespace OciLayout.Transfer;

/// <summary>
/// Writes a plan into an archive, straight through: each blob is verified on its way, and the file gets its name when all of it is written.
/// </summary>
internal sealed class StoreExporter
{
    private const int BufferSize = 128 * 1024;

    private readonly BlobReader _blobs;
    private readonly IFileSystem _files;

    public StoreExporter(BlobReader blobs, IFileSystem files)
    {
        _blobs = blobs;
        _files = files;
    }

    /// <summary>Whether the name of a file asks for compression.</summary>
    public static bool IsCompressed(string path) =>
        path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Refuses what must not be replaced.</summary>
    public static void CheckTarget(IFileSystem files, string path, bool replace)
    {
        var there = files.Stat(path);
        if (there is { Kind: FileKind.Directory }) throw new IOException($"'{path}' is a directory; an archive is a file.");
        if (there is not null && !replace) throw new OciException(OciErrorKind.AlreadyExists, $"The file '{path}' exists already.", path);
    }

    public void Write(ExportPlan plan, string path, bool replace, bool flush, Action<long>? progress, CancellationToken cancellation)
    {
        CheckTarget(_files, path, replace);
        var temporary = Path.Combine(Path.GetDirectoryName(path)!, $".{Guid.NewGuid():N}.tmp");
        try
        {
            using (var file = _files.Create(temporary, FilePurpose.Plain)) WriteFile(plan, file, IsCompressed(path), progress, cancellation);
            if (flush) _files.Flush(temporary);
            CheckTarget(_files, path, replace); // somebody may have made it meanwhile
            _files.Replace(temporary, path);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }

        if (flush) _files.Flush(Path.GetDirectoryName(path)!);
    }

    private void WriteFile(ExportPlan plan, Stream file, bool compressed, Action<long>? progress, CancellationToken cancellation)
    {
        try
        {
            using var buffered = new BufferedStream(file, BufferSize);
            if (!compressed)
            {
                WriteTar(plan, buffered, progress, cancellation);
                return;
            }

            // Nearly all layers are compressed already: to try harder takes three times as long and gains nothing.
            using var gzip = new GZipStream(new FixedGzipHeader(buffered), CompressionLevel.Fastest);
            WriteTar(plan, gzip, progress, cancellation);
        }
        catch (ArgumentOutOfRangeException e)
        {
            // The framework takes EFBIG (4 GiB on FAT, say) for a mistake of the caller's.
            throw new IOException("The file system does not take a file as large as this archive.", e);
        }
    }

    private void WriteTar(ExportPlan plan, Stream target, Action<long>? progress, CancellationToken cancellation)
    {
        var tar = new TarWriter(target);
        tar.AddFile(LayoutNames.Layout, LayoutFiles.LayoutFile.ToArray());
        tar.AddFile(LayoutNames.Index, plan.Index);
        if (plan.DockerManifest is not null) tar.AddFile("manifest.json", plan.DockerManifest);
        tar.AddDirectory(LayoutNames.Blobs);
        foreach (var algorithm in plan.Items.Select(i => i.Digest.KnownAlgorithm!.Value).Distinct()) tar.AddDirectory(LayoutNames.Directory(algorithm));
        long done = 0;
        foreach (var item in plan.Items)
        {
            cancellation.ThrowIfCancellationRequested();
            using var content = _blobs.Open(item.Digest, item.Size);
            tar.AddFile(LayoutNames.Blob(item.Digest), item.Size, content, count => progress?.Invoke(done += count), cancellation);
        }

        tar.Finish();
    }

    private void TryDelete(string path)
    {
        try
        {
            _files.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to tell.
        }
    }
}

/// <summary>
/// Makes the header of a gzip stream the same everywhere: the framework writes there which system it ran on, and how hard it tried.
/// </summary>
internal sealed class FixedGzipHeader(Stream target) : Stream
{
    private static readonly byte[] Fixed = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255];

    private int _position;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        for (; _position < Fixed.Length && count > 0; _position++, offset++, count--) target.WriteByte(Fixed[_position]);
        if (count > 0) target.Write(buffer, offset, count);
    }

    public override void Flush() => target.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
