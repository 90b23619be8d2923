using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Blobs;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Layout;

namespace OciLayout.Transfer;

/// <summary>
/// Writes an export as a stream. Each blob is verified while it is written. The file is renamed to its final name when it is complete.
/// </summary>
internal sealed class StoreExporter
{

    private readonly BlobReader _blobs;
    private readonly IFileSystem _files;

    public StoreExporter(BlobReader blobs, IFileSystem files)
    {
        _blobs = blobs;
        _files = files;
    }

    /// <summary>Returns whether the name of a file selects compression.</summary>
    public static bool IsCompressed(string path) =>
        path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes a plan as a tar archive, compressed with gzip when the name of the file says so.</summary>
    public void Write(ExportPlan plan, string path, bool replace, bool flush, IProgress<long>? progress, CancellationToken cancellationToken) =>
        AtomicFile.Write(_files, path, replace, flush, file =>
        {
            using var buffered = new BufferedStream(file, StreamExtensions.BufferSize);
            if (!IsCompressed(path))
            {
                WriteTar(plan, buffered, progress, cancellationToken);
                return;
            }

            // Nearly all layers are compressed already. A higher level takes three times as long and saves nothing.
            using var gzip = new GZipStream(new FixedGzipHeader(buffered), CompressionLevel.Fastest);
            WriteTar(plan, gzip, progress, cancellationToken);
        });

    /// <summary>Writes a plan as a tar archive without compression. The stream stays open.</summary>
    public void Write(ExportPlan plan, Stream target, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        WriteTar(plan, target, progress, cancellationToken);
        target.Flush();
    }

    /// <summary>Writes the content of a blob to a file, which must not be the archive of the store itself.</summary>
    public void Write(Descriptor descriptor, string path, bool replace, bool flush, string source, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        using var content = _blobs.Open(descriptor.Digest, descriptor.Size);
        AtomicFile.Write(_files, path, replace, flush, file =>
        {
            var done = 0L;
            content.CopyTo(file, cancellationToken, count => progress?.Report(done += count));
        }, source);
    }

    private void WriteTar(ExportPlan plan, Stream target, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var tar = new TarWriter(target);
        tar.AddFile(LayoutNames.Layout, LayoutFiles.LayoutFile.ToArray());
        tar.AddFile(LayoutNames.Index, plan.Index);
        if (plan.DockerManifest is not null) tar.AddFile(LayoutNames.DockerManifest, plan.DockerManifest);
        tar.AddDirectory(LayoutNames.Blobs);
        foreach (var algorithm in plan.Items.Select(i => i.Digest.KnownAlgorithm!.Value).Distinct()) tar.AddDirectory(LayoutNames.Directory(algorithm));
        long done = 0;
        foreach (var item in plan.Items)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var content = _blobs.Open(item.Digest, item.Size);
            tar.AddFile(LayoutNames.Blob(item.Digest), TarWriter.FileMode, item.Size, content, count => progress?.Report(done += count), cancellationToken);
        }

        tar.Finish();
    }
}
