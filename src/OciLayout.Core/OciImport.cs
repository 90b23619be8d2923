using System;
using System.IO;
using System.Threading;
using OciLayout.Common;
using OciLayout.Transfer;

namespace OciLayout;

/// <summary>
/// Merges an archive into a store: a layout or the output of <c>docker save</c>, with or without gzip compression. It has no plan, because
/// an archive is read only once. Either everything or nothing of the archive is visible afterwards. Thread-safe.
/// </summary>
public sealed class OciImport
{
    private readonly OciStore _store;
    private readonly ImportOptions _options;

    /// <summary>Creates an import. Nothing is read or changed yet.</summary>
    /// <param name="store">The store.</param>
    /// <param name="options">The options, such as the handling of tags that already exist; null for the defaults.</param>
    public OciImport(OciStore store, ImportOptions? options = null)
    {
        _store = Guard.NotNull(store);
        _options = options ?? new ImportOptions();
    }

    /// <summary>Merges an archive that is a file.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="progress">The receiver of the number of bytes of the archive read so far.</param>
    /// <param name="cancellationToken">The token that cancels the import.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidArchive"/>, <see cref="OciErrorKind.InvalidLayout"/>,
    /// <see cref="OciErrorKind.InvalidIndex"/>. <see cref="OciErrorKind.AlreadyExists"/>: a tag names other content.
    /// <see cref="OciErrorKind.NotFound"/>: required content is neither in the archive nor in the store. Also the errors of
    /// <see cref="OciStore.Push(PushRequest, Stream, CancellationToken)"/>.</exception>
    public ImportResult Run(string path, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(path);
        _store.CheckWritable();
        path = Path.GetFullPath(path);
        return Importer.Import(path, () => ArchiveFile.Open(_store.State.Disk, path, _options.ExpansionLimit, progress), _options, cancellationToken);
    }

    /// <summary>Merges an archive that is a stream, from its position to its end. The stream stays open.</summary>
    /// <param name="archive">A readable stream. It does not need to be seekable.</param>
    /// <param name="progress">The receiver of the number of bytes of the archive read so far.</param>
    /// <param name="cancellationToken">The token that cancels the import.</param>
    /// <exception cref="OciException">The errors of the other overload.</exception>
    public ImportResult Run(Stream archive, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(archive);
        _store.CheckWritable();
        var name = archive is FileStream file ? file.Name : "stream";
        return Importer.Import(name, () => ArchiveFile.Open(archive, name, _options.ExpansionLimit, progress), _options, cancellationToken);
    }

    private StoreImporter Importer => new(_store.State, _store.Writer, _store.Options);
}
