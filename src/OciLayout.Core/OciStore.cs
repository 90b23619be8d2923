using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Graph;
using OciLayout.Index;
using OciLayout.Layout;
using OciLayout.Maintenance;
using OciLayout.Model;
using OciLayout.Sessions;
using OciLayout.Store;
using OciLayout.Transfer;

namespace OciLayout;

/// <summary>
/// Stores content in an OCI image layout. All objects with the same real path share one state in a process. All members are thread-safe.
/// An object does not need to be disposed.
/// </summary>
public sealed class OciStore : OciPlace
{
    private readonly StoreState _state;
    private readonly StoreWriter _writer;
    private readonly StoreReader _reader;
    private readonly OciBatch? _batch;

    private OciStore(StoreState state, OciStoreOptions options, string path, OciBatch? batch = null)
    {
        _batch = batch;
        _state = state;
        Options = options;
        Path = path;
        _writer = new StoreWriter(state, options);
        _reader = new StoreReader(state, path, options.ManifestSizeLimit);
    }

    /// <summary>
    /// The absolute path of the layout that was passed to <see cref="Open"/> or <see cref="Create"/>. Links are not resolved.
    /// </summary>
    public override string Path { get; }

    /// <summary>The options of this object.</summary>
    public OciStoreOptions Options { get; }

    /// <summary>Whether the layout is an archive, or a directory that this process cannot write to.</summary>
    public override bool IsReadOnly => _state.IsArchive || !_state.Files.IsWritable(_state.Root);

    /// <summary>The number of tags.</summary>
    public int TagCount => _state.Index.Read(table => table.Tagged().Count(e => !e.NamesItself));

    /// <summary>The number of manifests that this process has read from the layout, to show progress.</summary>
    internal long ManifestsRead => _state.Graph.Reads;

    /// <summary>Creates a layout in a directory, or opens the layout that the directory already contains.</summary>
    /// <param name="path">The directory. It is created if it does not exist. A relative path is resolved once, against the current
    /// directory of the process.</param>
    /// <param name="options">The options of the object.</param>
    /// <param name="allowNonEmpty">Whether a directory that contains other files may become a layout.</param>
    /// <param name="cancellationToken">The token that cancels waiting for locks.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidLayout"/>, <see cref="OciErrorKind.InvalidIndex"/>,
    /// <see cref="OciErrorKind.UnsupportedVersion"/>, <see cref="OciErrorKind.ReadOnlyStore"/>,
    /// <see cref="OciErrorKind.StoreBusy"/>.</exception>
    public static OciStore Create(string path, OciStoreOptions? options = null, bool allowNonEmpty = false, CancellationToken cancellationToken = default)
    {
        options ??= new OciStoreOptions();
        var files = PhysicalFileSystem.Instance;
        var root = System.IO.Path.GetFullPath(Guard.NotNull(path));
        LayoutCreator.Create(new DirectoryLayout(root, files), files, allowNonEmpty, options.Flush, options.LockTimeout, cancellationToken);
        return new OciStore(OpenStores.Open(root, files, cancellationToken), options, root);
    }

    /// <summary>Opens a layout: a directory, or an uncompressed tar archive. Nothing is created or changed.</summary>
    /// <param name="path">The directory or archive. A relative path is resolved once, against the current directory of the process.</param>
    /// <param name="options">The options of the object.</param>
    /// <param name="cancellationToken">The token that cancels opening, also while a large index or archive is read.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.InvalidLayout"/>,
    /// <see cref="OciErrorKind.InvalidIndex"/>, <see cref="OciErrorKind.UnsupportedVersion"/>,
    /// <see cref="OciErrorKind.InvalidArchive"/>.</exception>
    public static OciStore Open(string path, OciStoreOptions? options = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var root = System.IO.Path.GetFullPath(Guard.NotNull(path));
        var files = PhysicalFileSystem.Instance;
        if (files.Stat(root) is null) throw Errors.NoStore(root);
        return new OciStore(OpenStores.Open(root, files, cancellationToken), options ?? new OciStoreOptions(), root);
    }

    /// <summary>Opens a layout with its own state, as another process would, and with a given file system.</summary>
    internal static OciStore OpenIsolated(string root, IFileSystem files, OciStoreOptions? options = null) =>
        new(new StoreState(root, files), options ?? new OciStoreOptions(), root);

    internal StoreState State => _state;

    internal StoreReader Reader => _reader;

    internal override IContentSource Content => _reader;

    internal StoreWriter Writer => _writer;

    internal StoreRemover Remover => new(_state, Options, _reader.Resolver);

    /// <summary>Returns whether both objects have the same real path, even if they were opened by different paths.</summary>
    public bool IsSameLayout(OciStore other) => ReferenceEquals(_state, Guard.NotNull(other)._state);

    /// <summary>Returns an object for the same store with other options.</summary>
    public OciStore WithOptions(OciStoreOptions options) => new(_state, Guard.NotNull(options), Path);

    /// <summary>Stores content that matches a descriptor. The index lists a manifest with this descriptor.</summary>
    /// <param name="expected">The descriptor that the content must match.</param>
    /// <param name="content">The content. It is read to its end, unless it is already stored.</param>
    /// <param name="cancellationToken">The token that cancels the push. Nothing is kept then.</param>
    /// <returns>The stored descriptor, and whether the content was already stored. Content that is already stored is not an error.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.SizeMismatch"/>, <see cref="OciErrorKind.DigestMismatch"/>,
    /// <see cref="OciErrorKind.InvalidDigest"/>, <see cref="OciErrorKind.InvalidManifest"/>,
    /// <see cref="OciErrorKind.SizeLimitExceeded"/>, <see cref="OciErrorKind.ReadOnlyStore"/>,
    /// <see cref="OciErrorKind.StoreBusy"/>.</exception>
    public PushResult Push(Descriptor expected, Stream content, CancellationToken cancellationToken = default) =>
        Push(PushRequest.For(Guard.NotNull(expected)), content, cancellationToken);

    /// <summary>Stores content. Properties that the request leaves out are computed while copying.</summary>
    /// <param name="request">The known properties of the content.</param>
    /// <param name="content">The content. It is read to its end, unless it is already stored.</param>
    /// <param name="cancellationToken">The token that cancels the push. Nothing is kept then.</param>
    /// <returns>The stored descriptor, and whether the content was already stored. Content that is already stored is not an error.</returns>
    /// <exception cref="OciException">The errors of the other overload.</exception>
    public PushResult Push(PushRequest request, Stream content, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(request);
        Guard.NotNull(content);
        CheckWritable();
        using var scope = _writer.Begin(cancellationToken);
        var staged = _writer.Reuse(request, null, scope, cancellationToken) ?? _writer.Stage(request, content, null, cancellationToken);
        AutoSave(_writer.Publish([staged], scope, cancellationToken), cancellationToken);
        return new PushResult(staged.Descriptor, staged.AlreadyExisted, null);
    }

    /// <summary>Opens content to read it once. The read that returns the last byte fails if the digest does not match.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.InvalidDigest"/>,
    /// <see cref="OciErrorKind.SizeMismatch"/>; while reading <see cref="OciErrorKind.DigestMismatch"/>.</exception>
    public Stream Fetch(Descriptor descriptor, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _state.Blobs.Open(Guard.NotNull(descriptor).Digest, descriptor.Size);
    }

    /// <summary>Writes content to a file and verifies it. The file appears complete or not at all.</summary>
    /// <param name="descriptor">The content.</param>
    /// <param name="path">The file.</param>
    /// <param name="replace">Whether an existing file may be replaced.</param>
    /// <param name="progress">The receiver of the number of bytes written so far.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.AlreadyExists"/>, and the errors of <see cref="Fetch"/>.</exception>
    public void FetchToFile(Descriptor descriptor, string path, bool replace = false, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        new StoreExporter(_state.Blobs, _state.Disk).Write(Guard.NotNull(descriptor), System.IO.Path.GetFullPath(Guard.NotNull(path)), replace, Options.Flush, Path, progress, cancellationToken);

    /// <summary>Reads content completely and verifies it.</summary>
    /// <param name="descriptor">The content.</param>
    /// <param name="limit">The largest size that is read, in bytes. Larger content fails with
    /// <see cref="OciErrorKind.SizeLimitExceeded"/>.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    public byte[] ReadAll(Descriptor descriptor, long limit, CancellationToken cancellationToken = default) =>
        _reader.ReadAll(Guard.NotNull(descriptor), limit, cancellationToken);

    /// <summary>Returns whether content is stored. Only checks that the file exists, not its digest.</summary>
    public bool Exists(Digest digest) => _reader.Exists(digest);

    /// <summary>Returns the digests that a manifest itself references, that it requires, and that are not stored in the stated size.</summary>
    /// <remarks>Subjects and foreign layers with URLs are not required. Digests that cannot be verified are left out.</remarks>
    public IReadOnlyList<Digest> FindMissing(Descriptor manifest, CancellationToken cancellationToken = default)
    {
        var edges = _state.Graph.GetStored(NodeKey.Of(Guard.NotNull(manifest)), Options.ManifestSizeLimit, cancellationToken).Edges;
        return
        [
            .. edges.Where(e => e.Role is not (DescriptorRole.Subject or DescriptorRole.Reference) && !e.IsForeign && e.Digest.IsVerifiable)
                .Where(e => _state.Blobs.Find(e.Digest)?.Length != e.Size).Select(e => e.Digest).Distinct(),
        ];
    }

    /// <summary>Reads and parses a manifest or index.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>, <see cref="OciErrorKind.InvalidManifest"/>,
    /// <see cref="OciErrorKind.SizeLimitExceeded"/>, and the errors of <see cref="Fetch"/>.</exception>
    public Manifest GetManifest(Descriptor descriptor, CancellationToken cancellationToken = default) => _reader.GetManifest(Guard.NotNull(descriptor), cancellationToken);

    /// <summary>
    /// Resolves a tag, a digest or a digest prefix. For a tag, returns the complete stored descriptor, including the annotation that holds
    /// the tag.
    /// </summary>
    /// <param name="reference">The tag, digest or prefix. A valid digest always means the digest. A prefix has at least seven hex
    /// digits.</param>
    /// <param name="allowBarePrefix">Whether a prefix without its algorithm is allowed. Commands that change the store do not allow
    /// it.</param>
    /// <param name="cancellationToken">The token that cancels the search.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.MissingReference"/>, <see cref="OciErrorKind.NotFound"/>,
    /// <see cref="OciErrorKind.AmbiguousReference"/>; <see cref="OciErrorKind.InvalidIndex"/> and <see cref="OciErrorKind.InvalidDigest"/>
    /// for a malformed entry.</exception>
    public Descriptor Resolve(string reference, bool allowBarePrefix = true, CancellationToken cancellationToken = default) =>
        _reader.Resolve(reference, allowBarePrefix, cancellationToken);

    /// <summary>Returns the tags in ordinal order.</summary>
    /// <param name="after">The lower limit: only tags that are strictly greater are returned. The tag itself need not exist.</param>
    public IReadOnlyList<IndexListing> GetTags(string? after = null) => _reader.GetTags(after);

    /// <summary>Returns every entry of the index, in the order of the index.</summary>
    public IReadOnlyList<IndexListing> GetEntries() => IndexListing.Of(_state.Entries().Entries);

    /// <summary>
    /// Assigns a tag to stored content. The previous content of the tag stays in the index as an untagged entry. If the descriptor has no
    /// annotations, platform, artifact type and URLs, the tag's entry keeps its own.
    /// </summary>
    /// <returns>The descriptor of the tag after the change.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.MissingReference"/>, <see cref="OciErrorKind.InvalidReference"/>,
    /// <see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.SizeMismatch"/>, <see cref="OciErrorKind.InvalidManifest"/>,
    /// <see cref="OciErrorKind.ReadOnlyStore"/>, <see cref="OciErrorKind.StoreBusy"/>.</exception>
    public Descriptor Tag(Descriptor target, string tag, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(target);
        CheckWritable();
        using var scope = _writer.Begin(cancellationToken);
        return Tag(target, tag, scope, cancellationToken)?.Named?.ToDescriptor() ?? target;
    }

    /// <summary>Assigns a tag as part of a larger operation, whose scope holds the claims.</summary>
    /// <returns>The change; null if the tag equals the digest of the content, which always resolves to it.</returns>
    internal TagChange? Tag(Descriptor target, string tag, ClaimScope scope, CancellationToken cancellationToken, Digest? edited = null)
    {
        if (string.IsNullOrEmpty(tag)) throw ReferenceErrors.NoTag();
        if (target.Annotations.Count > 0) AnnotationRules.CheckText(target.Annotations);
        RequireReadable(target, cancellationToken);
        if (_writer.Tag(DescriptorAnnotations.WithoutTag(target), tag, edited, scope, cancellationToken) is not { } change) return null;
        AutoSave([change], cancellationToken);
        return change;
    }

    // A tag can turn content that was stored as a blob into a listed manifest. Other tools then parse it, so it must pass the checks of a
    // push. Content that is or was listed has been accepted before.
    private void RequireReadable(Descriptor target, CancellationToken cancellationToken)
    {
        if (target.Kind == ManifestKind.None || _state.Index.HasListed(target.Digest) || !Exists(target.Digest)) return;
        ManifestRules.Require(_state.Blobs.ReadAll(target.Digest, null, Options.ManifestSizeLimit, cancellationToken), target.Kind, target.Digest.ToString());
    }

    /// <summary>Refuses text that cannot be a tag of any content. Callers can check a tag before they store content.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.MissingReference"/>, <see cref="OciErrorKind.InvalidReference"/>.</exception>
    internal static void CheckTag(string tag) => Reference.CheckTag(tag, tag);

    /// <summary>Deletes a tag. The content and an untagged entry stay.</summary>
    /// <returns>The descriptor of the deleted tag; null if its entry was malformed.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.MissingReference"/>, <see cref="OciErrorKind.NotFound"/>,
    /// <see cref="OciErrorKind.InvalidReference"/>: the text is a digest, not a tag.</exception>
    public Descriptor? Untag(string tag, CancellationToken cancellationToken = default)
    {
        if (string.IsNullOrEmpty(tag)) throw ReferenceErrors.NoTag();
        CheckWritable();
        var entry = _state.Index.Read(table => table.FindTag(tag));
        if (entry is null || entry.NamesItself)
        {
            if (Digest.TryParse(tag, out var digest) && digest.IsVerifiable && Exists(digest))
                throw ReferenceErrors.DigestIsNotATag(tag);
            throw ReferenceErrors.TagNotFound(tag, Path, _state.Index.Tags);
        }

        var change = new UntagChange(tag);
        _state.Index.Apply(change);
        AutoSave([change], cancellationToken);
        return entry.Problem is null ? entry.ToDescriptor() : null;
    }

    /// <summary>Whether changes of the index are not saved yet and wait for <see cref="SaveIndex"/>.</summary>
    public bool HasUnsavedChanges => _state.Index.HasPending;

    /// <summary>
    /// Saves all waiting changes with one write. Changes whose content no longer exists are reported; the other changes are saved.
    /// </summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.StoreBusy"/>,
    /// <see cref="OciErrorKind.ReadOnlyStore"/>.</exception>
    public void SaveIndex(CancellationToken cancellationToken = default)
    {
        if (!_state.Index.HasPending) return;
        var pending = _state.Index.Pending();
        CheckWritable();
        _writer.Commit(cancellationToken);
        if (pending.FirstOrDefault(c => c.Failure is not null)?.Failure is { } failure) throw failure;
    }

    /// <summary>Returns every manifest that references a digest, by any member.</summary>
    /// <remarks>A manifest that only an image index lists has the descriptor from that index, including the platform.</remarks>
    public IReadOnlyList<Descriptor> GetPredecessors(Digest digest, CancellationToken cancellationToken = default)
    {
        var graph = _state.Graph.Query(_state.Entries(), Options.ManifestSizeLimit, cancellationToken);
        var found = graph.DescribePredecessors(digest, cancellationToken).ToList();
        var listed = _state.Index.Read(table => found.Select(d => table.Lists(d.Digest) ? d : null).ToList());
        var members = new ListMembers(d => graph.DescribePredecessors(d, cancellationToken).Where(p => p.Kind is ManifestKind.Index or ManifestKind.DockerList), d => GetManifest(d, cancellationToken));
        return [.. found.Select((d, i) => listed[i] ?? members.Of(d))];
    }

    /// <summary>
    /// Returns every manifest whose subject is a digest, including manifests that only a fallback tag lists (distribution-spec, "Listing
    /// Referrers"), and then those that cosign attached to it by the tags <c>sha256-&lt;hex&gt;.sig</c>, <c>.att</c> and <c>.sbom</c>.
    /// </summary>
    /// <param name="digest">The subject.</param>
    /// <param name="artifactType">The artifact type of the returned manifests; null or empty for all. Manifests of cosign do not state one: it
    /// is the media type of their first layer.</param>
    /// <param name="cancellationToken">The token that cancels the search.</param>
    public IReadOnlyList<Descriptor> GetReferrers(Digest digest, string? artifactType = null, CancellationToken cancellationToken = default) =>
        [.. _reader.ListReferrers(digest, cancellationToken).Where(d => string.IsNullOrEmpty(artifactType) || d.ArtifactType == artifactType)];

    /// <summary>Walks the graph from a root to all content that it reaches. Visits each digest once.</summary>
    public IEnumerable<GraphVisit> Walk(Descriptor root, CancellationToken cancellationToken = default) => Walk(root, repeat: false, cancellationToken);

    /// <summary>Walks the graph from a root to all content that it reaches, depth first.</summary>
    /// <param name="root">The content at which the walk starts.</param>
    /// <param name="repeat">Whether to visit content again for each reference to it. Its own references are still followed only
    /// once.</param>
    /// <param name="cancellationToken">The token that cancels the walk.</param>
    public IEnumerable<GraphVisit> Walk(Descriptor root, bool repeat, CancellationToken cancellationToken = default) =>
        new DepthFirstWalk(_state.Blobs, _state.Graph, Options.ManifestSizeLimit, cancellationToken).From(Guard.NotNull(root), repeat);

    /// <summary>
    /// Opens a file outside the store to push its content. FIFOs, sockets and devices are refused, because reading them may never end.
    /// </summary>
    /// <param name="path">The path of a regular file, or of a symbolic link to one.</param>
    /// <exception cref="System.IO.FileNotFoundException">The file does not exist, or is not a regular file.</exception>
    internal static Stream OpenFile(string path) => PhysicalFileSystem.Instance.OpenRead(System.IO.Path.GetFullPath(path));

    /// <summary>Refuses a file that is not an archive. Callers can check a file before they create a store for it.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.InvalidArchive"/>.</exception>
    internal static void CheckArchive(string path) => ArchiveFile.Open(PhysicalFileSystem.Instance, System.IO.Path.GetFullPath(path), 1, null).Dispose();

    /// <summary>Measures the content of tags, in ordinal order of the tags.</summary>
    /// <param name="wanted">The filter for tags; null for all.</param>
    /// <param name="cancellationToken">The token that cancels measuring.</param>
    public IReadOnlyList<TagUsage> MeasureTags(Func<string, bool>? wanted = null, CancellationToken cancellationToken = default) =>
        new StoreMeter(_state, Options.ManifestSizeLimit, cancellationToken).Tags(wanted ?? (_ => true));

    /// <summary>Measures the content of the store, and the part that garbage collection would free.</summary>
    public StoreUsage Measure(CancellationToken cancellationToken = default)
    {
        OciException? refusal = null;
        GarbagePlan garbage;
        try
        {
            garbage = Remover.PlanGarbage(new GarbageOptions(), cancellationToken);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.IncompleteGraph)
        {
            refusal = e;
            garbage = Remover.PlanGarbage(new GarbageOptions { Force = true }, cancellationToken);
        }

        return new StoreMeter(_state, Options.ManifestSizeLimit, cancellationToken).Total(garbage, refusal);
    }

    /// <summary>Compares the tags and the reachable content of this store with another store.</summary>
    /// <param name="reference">The store to compare with.</param>
    /// <param name="includeEqual">Whether to include content and tags that both stores have.</param>
    /// <param name="cancellationToken">The token that cancels the comparison.</param>
    public StoreComparison CompareWith(OciStore reference, bool includeEqual = false, CancellationToken cancellationToken = default)
    {
        var (there, here) = (Guard.NotNull(reference).Side(true, cancellationToken), Side(true, cancellationToken));
        return new StoreComparer(there, here, [.. there.Problems, .. here.Problems], cancellationToken).Compare(includeEqual);
    }

    /// <summary>Compares this store with a content list of a store that is not accessible from here.</summary>
    public StoreComparison CompareWith(ContentList reference, bool includeEqual = false, CancellationToken cancellationToken = default)
    {
        var here = Side(true, cancellationToken);
        return new StoreComparer(new ListInventory(Guard.NotNull(reference), here.Below), here, [.. here.Problems], cancellationToken).Compare(includeEqual);
    }

    internal StoreInventory Side(bool withLists, CancellationToken cancellationToken) => new(_state, Options.ManifestSizeLimit, withLists, cancellationToken);

    /// <summary>Begins a batch: many changes that one write saves.</summary>
    /// <param name="autoCommit">The interval after which the batch commits its changes by itself.</param>
    /// <param name="stop">The token that ends the batch early: it then waits only briefly for locks, and discards content that is only
    /// staged.</param>
    public OciBatch BeginBatch(TimeSpan? autoCommit = null, CancellationToken stop = default) =>
        new(this, _writer, autoCommit, stop);

    /// <summary>Returns an object for the same store whose changes wait for a batch.</summary>
    internal OciStore For(OciBatch batch) => new(_state, Options with { AutoSaveIndex = false }, Path, batch);

    internal void CheckWritable()
    {
        _batch?.ThrowIfDisposed();
        if (_state.IsArchive) throw Errors.ReadOnlyArchive(Path);
        if (!IsReadOnly) return;
        throw _state.Files.Stat(_state.Root) is null ? Errors.StoreGone(_state.Root) : Errors.ReadOnlyStore(Path);
    }

    /// <summary>Saves changes of the index now, or leaves them to the batch or to <see cref="SaveIndex"/>.</summary>
    internal void AutoSave(IReadOnlyList<IndexChange> changes, CancellationToken cancellationToken)
    {
        if (changes.Count == 0) return;
        if (Options.AutoSaveIndex) _writer.Commit(changes, cancellationToken);
        else _batch?.Hold(changes);
    }
}
