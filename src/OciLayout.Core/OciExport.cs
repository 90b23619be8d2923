using System;
using System.IO;
using System.Threading;
using OciLayout.Common;
using OciLayout.Transfer;

namespace OciLayout;

/// <summary>Writes a store, or a part of it, as a tar archive. Thread-safe.</summary>
public sealed class OciExport
{
    private readonly OciStore _store;
    private readonly ExportOptions _options;

    /// <summary>Creates an export. Nothing is read or written yet.</summary>
    /// <param name="store">The store.</param>
    /// <param name="options">The content to export; null for the whole store.</param>
    public OciExport(OciStore store, ExportOptions? options = null)
    {
        _store = Guard.NotNull(store);
        _options = options ?? new ExportOptions();
    }

    /// <summary>Plans the contents of the archive. Nothing is written.</summary>
    /// <param name="cancellationToken">The token that cancels planning.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>: required content is not stored. Also the errors of
    /// <see cref="OciStore.Resolve"/>.</exception>
    public ExportPlan Plan(CancellationToken cancellationToken = default) => new ExportPlanner(_store.Reader, _options, cancellationToken).Plan();

    /// <summary>
    /// Writes an archive to a file. It is compressed if the name of the file ends with <c>.gz</c> or <c>.tgz</c>. The file appears complete
    /// or not at all.
    /// </summary>
    /// <param name="plan">The result of <see cref="Plan"/>.</param>
    /// <param name="path">The file.</param>
    /// <param name="replace">Whether an existing file may be replaced.</param>
    /// <param name="progress">The receiver of the number of bytes of content written so far.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.AlreadyExists"/>, <see cref="OciErrorKind.DigestMismatch"/>,
    /// <see cref="OciErrorKind.NotFound"/>.</exception>
    public void Run(ExportPlan plan, string path, bool replace = false, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(plan);
        Guard.NotNull(path);
        Exporter.Write(plan, Path.GetFullPath(path), replace, _store.Options.Flush, progress, cancellationToken);
    }

    /// <summary>Writes an archive to a stream, without compression. The stream stays open. After an error its content is incomplete.</summary>
    /// <param name="plan">The result of <see cref="Plan"/>.</param>
    /// <param name="destination">A writable stream. It does not need to be seekable.</param>
    /// <param name="progress">The receiver of the number of bytes of content written so far.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.DigestMismatch"/>, <see cref="OciErrorKind.NotFound"/>.</exception>
    public void Run(ExportPlan plan, Stream destination, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(plan);
        Guard.NotNull(destination);
        Exporter.Write(plan, destination, progress, cancellationToken);
    }

    private StoreExporter Exporter => new(_store.State.Blobs, _store.State.Disk);
}
