using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Graph;
using OciLayout.Maintenance;
using OciLayout.Storage;
using OciLayout.Transfer;

namespace OciLayout;

/// <summary>
/// A store of content in an OCI image layout. All objects of one real path in a process share one state; every operation may be called
/// from many threads. Nothing has to be disposed.
/// </summary>
public sealed class OciStore
{
    private readonly StoreState _state;
    private readonly StoreWriter _writer;
    private readonly Resolver _resolver;
    private readonly OciBatch? _batch;

    private OciStore(StoreState state, OciStoreOptions options, string path, OciBatch? batch = null)
    {
        _batch = batch;
        _state = state;
        Options = options;
        Path = path;
        _writer = new StoreWriter(state, options);
        _resolver = new Resolver(state.Index, state.Blobs, state.Graph, options.ManifestSizeLimit);
    }

    /// <summary>The absolute path of the layout, as it was opened.</summary>
    public string Path { get; }

    /// <summary>How this object works.</summary>
    public OciStoreOptions Options { get; }

    /// <summary>Whether the layout is an archive, or lies where this process may not write.</summary>
    public bool ReadOnly => _state.IsArchive || !_state.Files.IsWritable(_state.Root);

    /// <summary>How many tags there are.</summary>
    public int TagCount => _state.Index.Read(table => table.Tagged().Count(e => !e.NamesItself));

    /// <summary>How many manifests this process has read from the layout; for those who show how far long work has come.</summary>
    public long ManifestsRead => _state.Graph.Reads;

    /// <summary>Makes a directory a layout, or opens the one that is there.</summary>
    /// <param name="path">The directory; made when missing. Relative to the current directory of the process, once.</param>
    /// <param name="options">How the object works.</param>
    /// <param name="allowNonEmpty">Whether a directory that holds other things may become a layout.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidLayout"/>, <see cref="OciErrorKind.InvalidIndex"/>,
    /// <see cref="OciErrorKind.UnsupportedVersion"/>, <see cref="OciErrorKind.ReadOnlyStore"/>, <see cref="OciErrorKind.StoreBusy"/>.</exception>
    public static OciStore Create(string path, OciStoreOptions? options = null, bool allowNonEmpty = false, CancellationToken cancellation = default)
    {
        options ??= new OciStoreOptions();
        var files = PhysicalFileSystem.Instance;
        var root = System.IO.Path.GetFullPath(path);
        LayoutFiles.Create(new DirectoryLayout(root, files), files, allowNonEmpty, options.Flush, options.LockTimeout, cancellation);
        return new OciStore(StoreRegistry.Open(root, files, cancellation), options, root);
    }

    /// <summary>Opens a layout, a directory or an uncompressed tar archive of one; nothing is created or changed.</summary>
    /// <param name="path">The directory or archive. Relative to the current directory of the process, once.</param>
    /// <param name="options">How the object works.</param>
    /// <param name="cancellation">Stops it, also while a large index or archive is read.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.InvalidLayout"/>,
    /// <see cref="OciErrorKind.InvalidIndex"/>, <see cref="OciErrorKind.UnsupportedVersion"/>, <see cref="OciErrorKind.InvalidArchive"/>.</exception>
    public static OciStore Open(string path, OciStoreOptions? options = null, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        var root = System.IO.Path.GetFullPath(path);
        var files = PhysicalFileSystem.Instance;
        if (files.Stat(root) is null) throw new OciException(OciErrorKind.NotFound, $"There is no layout at '{root}'.", root);
        return new OciStore(StoreRegistry.Open(root, files, cancellation), options ?? new OciStoreOptions(), root);
    }

    /// <summary>Opens a layout as another process would, with a file system of the caller's.</summary>
    internal static OciStore OpenIsolated(string root, IFileSystem files, OciStoreOptions? options = null) =>
        new(new StoreState(root, files), options ?? new OciStoreOptions(), root);

    internal StoreState State => _state;

    /// <summary>The file of a blob, for those who share it; null when it is none of its own.</summary>
    internal string? FileOf(Digest digest) => !_state.IsArchive && _state.Files.Stat(_state.Directory.PathOf(digest)) is { Kind: FileKind.File, IsLink: false } ? _state.Directory.PathOf(digest).ToString() : null;

    /// <summary>Whether both are the same layout on disk, by whatever paths they were opened.</summary>
    public bool IsSameLayout(OciStore other) => ReferenceEquals(_state, (other ?? throw new ArgumentNullException(nameof(other)))._state);

    /// <summary>The same store, with other options.</summary>
    public OciStore With(OciStoreOptions options) => new(_state, options, Path);

    /// <summary>Stores content that is described already.</summary>
    /// <param name="expected">What the content must be; a manifest is listed in the index with it.</param>
    /// <param name="content">Read to its end, unless the content is stored already.</param>
    /// <param name="cancellation">Stops it; nothing stays then.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.AlreadyExists"/>, <see cref="OciErrorKind.SizeMismatch"/>,
    /// <see cref="OciErrorKind.DigestMismatch"/>, <see cref="OciErrorKind.InvalidDigest"/>, <see cref="OciErrorKind.InvalidManifest"/>,
    /// <see cref="OciErrorKind.SizeLimitExceeded"/>, <see cref="OciErrorKind.ReadOnlyStore"/>, <see cref="OciErrorKind.StoreBusy"/>.</exception>
    public void Push(Descriptor expected, Stream content, CancellationToken cancellation = default)
    {
        var result = Push(PushRequest.For(expected ?? throw new ArgumentNullException(nameof(expected))), content, cancellation, out var listed);
        if (result.AlreadyExisted && !listed) throw new OciException(OciErrorKind.AlreadyExists, $"{expected.Digest} is stored already.", expected.Digest.ToString());
    }

    /// <summary>Stores content; what the request leaves out is found while copying, and content that is stored already is fine.</summary>
    /// <exception cref="OciException">As for the other overload, but <see cref="OciErrorKind.AlreadyExists"/>.</exception>
    public PushResult Push(PushRequest request, Stream content, CancellationToken cancellation = default) => Push(request, content, cancellation, out _);

    private PushResult Push(PushRequest request, Stream content, CancellationToken cancellation, out bool listed)
    {
        CheckWritable();
        using var scope = _writer.Begin(cancellation);
        var reused = _writer.Reuse(request, null, scope, cancellation);
        var staged = reused ?? _writer.Stage(request, content, null, cancellation);
        var changes = _writer.Publish([staged], scope, cancellation);
        listed = reused is null || changes.Any(c => c is ListChange { IsNew: true });
        AutoSave(changes, cancellation);
        return new PushResult(staged.Descriptor, staged.AlreadyExisted, null);
    }

    /// <summary>Opens content for reading once; the read that delivers its last byte fails when the digest differs.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.InvalidDigest"/>,
    /// <see cref="OciErrorKind.SizeMismatch"/>; while reading <see cref="OciErrorKind.DigestMismatch"/>.</exception>
    public Stream Fetch(Descriptor descriptor, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return _state.Blobs.Open(descriptor.Digest, descriptor.Size);
    }

    /// <summary>Writes content into a file, verified; the file is there whole or not at all.</summary>
    /// <param name="descriptor">The content.</param>
    /// <param name="path">The file.</param>
    /// <param name="replace">Whether a file that is there may be replaced.</param>
    /// <param name="progress">Told how many bytes were written so far.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.AlreadyExists"/>, and what <see cref="Fetch"/> says.</exception>
    public void FetchToFile(Descriptor descriptor, string path, bool replace = false, Action<long>? progress = null, CancellationToken cancellation = default) =>
        new StoreExporter(_state.Blobs, _state.Disk).Write(descriptor, System.IO.Path.GetFullPath(path), replace, Options.Flush, progress, cancellation);

    /// <summary>Reads content whole and verified.</summary>
    /// <param name="descriptor">The content.</param>
    /// <param name="limit">The most bytes that are read; beyond it <see cref="OciErrorKind.SizeLimitExceeded"/>.</param>
    /// <param name="cancellation">Stops it.</param>
    public byte[] ReadAll(Descriptor descriptor, long limit, CancellationToken cancellation = default) =>
        _state.Blobs.ReadAll(descriptor.Digest, descriptor.Size, limit, cancellation);

    /// <summary>Whether content is stored, by a look at its file.</summary>
    public bool Exists(Digest digest) => _state.Blobs.Find(digest) is not null;

    /// <summary>The content that a manifest names itself, that it cannot do without, and that is not stored.</summary>
    /// <remarks>A subject need not be stored, nor a foreign layer; a digest that cannot be verified cannot be looked for.</remarks>
    public IReadOnlyList<Digest> FindMissing(Descriptor manifest, CancellationToken cancellation = default)
    {
        var edges = _state.Graph.GetPresent(NodeKey.Of(manifest ?? throw new ArgumentNullException(nameof(manifest))), Options.ManifestSizeLimit, cancellation).Edges;
        return
        [
            .. edges.Where(e => e.Role != DescriptorRole.Subject && !MediaTypes.IsForeignLayer(e.MediaType) && e.Digest.IsVerifiable)
                .Select(e => e.Digest).Distinct().Where(d => !Exists(d)),
        ];
    }

    /// <summary>Reads and parses a manifest or index.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>, <see cref="OciErrorKind.InvalidManifest"/>,
    /// <see cref="OciErrorKind.SizeLimitExceeded"/>, and what <see cref="Fetch"/> says.</exception>
    public Manifest GetManifest(Descriptor descriptor, CancellationToken cancellation = default)
    {
        if (!MediaTypes.IsManifest(descriptor.MediaType))
        {
            throw new OciException(OciErrorKind.UnsupportedMediaType, $"{descriptor.Digest} is no manifest or index: its media type is '{Digest.Shorten(descriptor.MediaType)}'.", descriptor.Digest.ToString())
            {
                Expected = "a manifest or index",
                Actual = descriptor.MediaType,
            };
        }

        var bytes = ReadAll(descriptor, Options.ManifestSizeLimit, cancellation);
        return Manifest.Parse(bytes, descriptor.MediaType, descriptor.Digest.ToString());
    }

    /// <summary>Finds what a tag, a digest or the beginning of a digest means. A tag gives the full stored descriptor, with the annotation that holds the tag.</summary>
    /// <param name="reference">A valid digest always means the digest. A prefix has at least seven hex digits.</param>
    /// <param name="allowBarePrefix">Whether a prefix may come without its algorithm; not for commands that change the store.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.MissingReference"/>, <see cref="OciErrorKind.NotFound"/>,
    /// <see cref="OciErrorKind.AmbiguousReference"/>; <see cref="OciErrorKind.InvalidIndex"/> and <see cref="OciErrorKind.InvalidDigest"/> for a malformed entry.</exception>
    public Descriptor Resolve(string reference, bool allowBarePrefix = true, CancellationToken cancellation = default) =>
        _resolver.Resolve(reference, allowBarePrefix, cancellation, asStored: true);

    /// <summary>The tags in ordinal order.</summary>
    /// <param name="after">Only those strictly greater; it need not exist.</param>
    public IReadOnlyList<IndexListing> Tags(string? after = null) => IndexListing.OfTags(_state.Index.Read(table => table.Tagged()), after);

    /// <summary>Every entry of the index, in its order.</summary>
    public IReadOnlyList<IndexListing> Entries() => IndexListing.Of(_state.Entries().Entries);

    /// <summary>
    /// Makes a tag name stored content; what it named before stays as an untagged entry. A descriptor without annotations, platform, artifact type
    /// and URLs does not take those away that the entry of the tag has.
    /// </summary>
    /// <returns>What the tag names now.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.MissingReference"/>, <see cref="OciErrorKind.InvalidReference"/>,
    /// <see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.SizeMismatch"/>, <see cref="OciErrorKind.InvalidManifest"/>,
    /// <see cref="OciErrorKind.ReadOnlyStore"/>, <see cref="OciErrorKind.StoreBusy"/>.</exception>
    public Descriptor Tag(Descriptor target, string tag, CancellationToken cancellation = default)
    {
        CheckWritable();
        using var scope = _writer.Begin(cancellation);
        return Tag(target, tag, scope, cancellation)?.Named?.ToDescriptor() ?? target;
    }

    /// <summary>The same as a part of an operation, whose claims hold on.</summary>
    /// <returns>The change; null when the tag is the digest of the content, which names it anyway.</returns>
    internal TagChange? Tag(Descriptor target, string tag, Session.ClaimScope scope, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(tag)) throw Resolver.MissingReference();
        RequireReadable(target, cancellation);
        if (_writer.Tag(EntryJson.WithoutTag(target), tag, scope, cancellation) is not { } change) return null;
        AutoSave([change], cancellation);
        return change;
    }

    // A tag lists content that was stored as a blob; other tools read it as a manifest from then on, as if it were pushed as one.
    private void RequireReadable(Descriptor target, CancellationToken cancellation)
    {
        if (target.Kind == ManifestKind.None || !Exists(target.Digest) || _state.Index.Read(table => table.Lists(target.Digest))) return;
        ManifestRules.Require(_state.Blobs.ReadAll(target.Digest, null, Options.ManifestSizeLimit, cancellation), target.Kind, target.Digest.ToString());
    }

    /// <summary>Refuses what could be a tag of no content at all; for those who want to know before they store some.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.MissingReference"/>, <see cref="OciErrorKind.InvalidReference"/>.</exception>
    public static void CheckTag(string tag) => Reference.CheckTag(tag, tag);

    /// <summary>Takes a tag away; the content and an untagged entry stay.</summary>
    /// <returns>What the tag named; null when its entry was malformed.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.MissingReference"/>, <see cref="OciErrorKind.NotFound"/>,
    /// <see cref="OciErrorKind.InvalidReference"/>: a digest is no tag.</exception>
    public Descriptor? Untag(string tag, CancellationToken cancellation = default)
    {
        if (string.IsNullOrEmpty(tag)) throw Resolver.MissingReference();
        CheckWritable();
        var entry = _state.Index.Read(table => table.FindTag(tag));
        if (entry is null || entry.NamesItself)
        {
            if (Digest.TryParse(tag, out var digest) && digest.IsVerifiable && Exists(digest))
                throw new OciException(OciErrorKind.InvalidReference, $"'{tag}' is a digest, not a tag; a digest cannot be taken from its content.", tag);
            throw new OciException(OciErrorKind.NotFound, $"There is no tag '{Digest.Shorten(tag)}'.", Digest.Shorten(tag));
        }

        var change = new UntagChange(tag);
        _state.Index.Apply(change);
        AutoSave([change], cancellation);
        return entry.Problem is null ? entry.ToDescriptor() : null;
    }

    /// <summary>Whether changes of the index wait for <see cref="SaveIndex"/>.</summary>
    public bool HasUnsavedChanges => _state.Index.HasPending;

    /// <summary>Saves the changes that wait, with one write. Changes whose content has gone meanwhile are reported, the others saved.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.StoreBusy"/>, <see cref="OciErrorKind.ReadOnlyStore"/>.</exception>
    public void SaveIndex(CancellationToken cancellation = default)
    {
        if (!_state.Index.HasPending) return;
        var pending = _state.Index.Pending();
        CheckWritable();
        _writer.Commit(cancellation);
        if (pending.FirstOrDefault(c => c.Failure is not null)?.Failure is { } failure) throw failure;
    }

    /// <summary>Every manifest that points at a digest, by whatever member.</summary>
    /// <remarks>A manifest that only an image index lists has the descriptor of that index, with its platform.</remarks>
    public IReadOnlyList<Descriptor> Predecessors(Digest digest, CancellationToken cancellation = default)
    {
        var neighbours = new Neighbours(_state.Index, _state.Graph, Options.ManifestSizeLimit, cancellation);
        var found = neighbours.Predecessors(digest).ToList();
        var listed = _state.Index.Read(table => new HashSet<Digest>(found.Select(d => d.Digest).Where(table.Lists)));
        var members = new ListMembers(d => neighbours.Predecessors(d).Where(p => p.Kind is ManifestKind.Index or ManifestKind.DockerList), d => GetManifest(d, cancellation));
        return [.. found.Select(d => listed.Contains(d.Digest) ? d : members.Of(d))];
    }

    /// <summary>Every manifest whose subject is a digest, the ones that only a fallback tag lists included (distribution-spec, "Listing Referrers").</summary>
    /// <param name="digest">The subject.</param>
    /// <param name="artifactType">Only those of this type.</param>
    /// <param name="cancellation">Stops it.</param>
    public IReadOnlyList<Descriptor> Referrers(Digest digest, string? artifactType = null, CancellationToken cancellation = default) =>
        [.. new Neighbours(_state.Index, _state.Graph, Options.ManifestSizeLimit, cancellation).Referrers(digest)
            .Where(d => string.IsNullOrEmpty(artifactType) || d.ArtifactType == artifactType)];

    /// <summary>Walks down from content: the root, then what it points at, each digest once.</summary>
    public IEnumerable<GraphVisit> Walk(Descriptor root, CancellationToken cancellation = default) => Walk(root, repeat: false, cancellation);

    /// <summary>Walks down from content: the root, then the content that it names, depth first.</summary>
    /// <param name="root">The content to begin with.</param>
    /// <param name="repeat">Whether each place where a document names content is visited. What is below content is visited once all the same.</param>
    /// <param name="cancellation">Stops it.</param>
    public IEnumerable<GraphVisit> Walk(Descriptor root, bool repeat, CancellationToken cancellation = default) =>
        new GraphWalk(_state.Blobs, _state.Graph, Options.ManifestSizeLimit, cancellation).From(root, repeat);

    /// <summary>Finds out what a deletion would remove.</summary>
    /// <param name="reference">A tag, a digest, or a prefix of one with its algorithm.</param>
    /// <param name="options">Whether to take along what dangles, and to override refusals.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.ContentReferenced"/>,
    /// <see cref="OciErrorKind.IncompleteGraph"/>, and what <see cref="Resolve"/> says.</exception>
    public DeletionPlan PlanDeletion(string reference, DeletionOptions? options = null, CancellationToken cancellation = default) =>
        Remover.PlanDeletion(reference, options ?? new DeletionOptions(), cancellation);

    /// <summary>Carries out a deletion. If the store changed since the plan was made, it is brought up to date, or refused.</summary>
    /// <param name="plan">What <see cref="PlanDeletion"/> found.</param>
    /// <param name="removed">Told of each thing after it went.</param>
    /// <param name="cancellation">Stops it between files; the store stays sound.</param>
    /// <returns>What was removed. An item of the plan that is not among it stays in the store, because it was claimed, listed or referenced since
    /// the plan was made.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.IncompleteChange"/>: the index is saved, but some files could not be deleted; and what
    /// <see cref="PlanDeletion"/> says.</exception>
    public IReadOnlyList<RemovedItem> Delete(DeletionPlan plan, Action<RemovedItem>? removed = null, CancellationToken cancellation = default)
    {
        CheckWritable();
        _writer.Commit(cancellation);
        return Remover.Delete(plan, _writer, removed, cancellation);
    }

    /// <summary>Finds out what garbage collection would remove; nothing is changed.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.IncompleteGraph"/>.</exception>
    public GarbagePlan PlanGarbage(GarbageOptions? options = null, CancellationToken cancellation = default) =>
        Remover.PlanGarbage(options ?? new GarbageOptions(), cancellation);

    /// <summary>Removes what no root reaches.</summary>
    /// <param name="options">What to spare and to override.</param>
    /// <param name="removed">Told of each thing after it went.</param>
    /// <param name="cancellation">Stops it between files; the store stays sound.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.IncompleteGraph"/>, <see cref="OciErrorKind.ReadOnlyStore"/>, <see cref="OciErrorKind.StoreBusy"/>.</exception>
    public GarbageResult Collect(GarbageOptions? options = null, Action<RemovedItem>? removed = null, CancellationToken cancellation = default)
    {
        CheckWritable();
        _writer.Commit(cancellation);
        return Remover.Collect(options ?? new GarbageOptions(), removed, cancellation);
    }

    /// <summary>Finds out what an archive of this store, or of some of it, would hold.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>: something needed is not stored; and what <see cref="Resolve"/> says.</exception>
    public ExportPlan PlanExport(ExportOptions? options = null, CancellationToken cancellation = default) =>
        new ExportPlanner(this, options ?? new ExportOptions(), cancellation).Plan();

    /// <summary>Writes an archive: a tar file, compressed when its name ends with <c>.gz</c> or <c>.tgz</c>. It is there whole or not at all.</summary>
    /// <param name="plan">What <see cref="PlanExport"/> found.</param>
    /// <param name="path">The file.</param>
    /// <param name="replace">Whether a file that is there may be replaced.</param>
    /// <param name="progress">Told how many bytes of content were written so far.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.AlreadyExists"/>, <see cref="OciErrorKind.DigestMismatch"/>, <see cref="OciErrorKind.NotFound"/>.</exception>
    public void Export(ExportPlan plan, string path, bool replace = false, Action<long>? progress = null, CancellationToken cancellation = default) =>
        new StoreExporter(_state.Blobs, _state.Disk).Write(plan, System.IO.Path.GetFullPath(path), replace, Options.Flush, progress, cancellation);

    /// <summary>Merges an archive into this store: of a layout, or what <c>docker save</c> writes, compressed with gzip or not.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="options">What to do about tags that are taken.</param>
    /// <param name="progress">Told how many bytes of the archive were read so far.</param>
    /// <param name="cancellation">Stops it; nothing is visible then, or all.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidArchive"/>, <see cref="OciErrorKind.InvalidLayout"/>,
    /// <see cref="OciErrorKind.InvalidIndex"/>, <see cref="OciErrorKind.AlreadyExists"/>: a tag names other content;
    /// <see cref="OciErrorKind.NotFound"/>: something is needed that neither has; and what <see cref="Push(PushRequest, Stream, CancellationToken)"/> says.</exception>
    public ImportResult Import(string path, ImportOptions? options = null, Action<long>? progress = null, CancellationToken cancellation = default)
    {
        CheckWritable();
        return new StoreImporter(_state, _writer, Options).Import(System.IO.Path.GetFullPath(path), options ?? new ImportOptions(), progress, cancellation);
    }

    /// <summary>Opens a file outside the store to push its content. FIFOs, sockets and devices are refused, because reading them may never end.</summary>
    /// <param name="path">The path of a regular file, or of a symbolic link to one.</param>
    /// <exception cref="System.IO.FileNotFoundException">The file does not exist, or is not a regular file.</exception>
    public static System.IO.Stream OpenFile(string path) => PhysicalFileSystem.Instance.OpenRead(System.IO.Path.GetFullPath(path));

    /// <summary>Refuses what is no archive at all; for those who want to know before they make a store for it.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.InvalidArchive"/>.</exception>
    public static void CheckArchive(string path) => ArchiveFile.Open(PhysicalFileSystem.Instance, System.IO.Path.GetFullPath(path), 1, null).Dispose();

    /// <summary>Measures what tags keep, in ordinal order.</summary>
    /// <param name="wanted">Which tags; null for all.</param>
    /// <param name="cancellation">Stops it.</param>
    public IReadOnlyList<TagUsage> MeasureTags(Func<string, bool>? wanted = null, CancellationToken cancellation = default) =>
        new StoreMeter(_state, Options.ManifestSizeLimit, cancellation).Tags(wanted ?? (_ => true));

    /// <summary>Measures what the store holds, and what garbage collection would free of it.</summary>
    public StoreUsage Measure(CancellationToken cancellation = default)
    {
        OciException? refusal = null;
        GarbagePlan garbage;
        try
        {
            garbage = PlanGarbage(null, cancellation);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.IncompleteGraph)
        {
            refusal = e;
            garbage = PlanGarbage(new GarbageOptions { Force = true }, cancellation);
        }

        return new StoreMeter(_state, Options.ManifestSizeLimit, cancellation).Total(garbage, refusal);
    }

    /// <summary>Finds out how this store differs from another one: tags, and content that the index reaches.</summary>
    /// <param name="reference">The one to compare with.</param>
    /// <param name="includeEqual">Whether to tell also what both have.</param>
    /// <param name="cancellation">Stops it.</param>
    public StoreComparison CompareWith(OciStore reference, bool includeEqual = false, CancellationToken cancellation = default)
    {
        var (there, here) = (reference.Side(cancellation), Side(cancellation));
        return new StoreComparer(there, here, [.. there.Problems, .. here.Problems], cancellation).Compare(includeEqual);
    }

    /// <summary>The same with a place that cannot be reached.</summary>
    public StoreComparison CompareWith(ContentList reference, bool includeEqual = false, CancellationToken cancellation = default)
    {
        var here = Side(cancellation);
        return new StoreComparer(new ListSide(reference, here), here, [.. here.Problems], cancellation).Compare(includeEqual);
    }

    private StoreSide Side(CancellationToken cancellation) => new(_state, Options.ManifestSizeLimit, cancellation);

    /// <summary>Begins many changes that are saved with one write.</summary>
    /// <param name="autoCommit">Commits what is held after this time, whoever is waiting for whom.</param>
    /// <param name="stop">Cancelled when the batch is to end soon: it waits for nobody then, and gives up what is only staged.</param>
    public OciBatch BeginBatch(TimeSpan? autoCommit = null, CancellationToken stop = default) =>
        new(this, _writer, autoCommit, stop);

    /// <summary>The same store; its changes wait for a batch.</summary>
    internal OciStore For(OciBatch batch) => new(_state, Options with { AutoSaveIndex = false }, Path, batch);

    private StoreRemover Remover => new(_state, Options, _resolver);

    internal void CheckWritable()
    {
        _batch?.ThrowIfDisposed();
        if (_state.IsArchive) throw StoreLocks.ReadOnlyArchive(Path);
        if (!ReadOnly) return;
        throw _state.Files.Stat(_state.Root) is null ? StoreLocks.Gone(_state.Root) : StoreLocks.ReadOnly(Path);
    }

    /// <summary>Saves changes of the index now, or lets them wait for the batch or for <see cref="SaveIndex"/>.</summary>
    internal void AutoSave(IReadOnlyList<IndexChange> changes, CancellationToken cancellation)
    {
        if (changes.Count == 0) return;
        if (Options.AutoSaveIndex) _writer.Commit(changes, cancellation);
        else _batch?.Hold(changes);
    }
}
