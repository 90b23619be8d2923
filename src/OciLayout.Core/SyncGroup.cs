using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Referrers;
using OciLayout.Transfer;

namespace OciLayout;

/// <summary>One repository of a source and the place that receives its tags.</summary>
internal sealed class SyncGroup : IDisposable
{
    private readonly SyncOptions _options;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ConcurrentDictionary<Digest, Lazy<Task>> _reads = new();
    private OciCopy? _copy;

    /// <param name="source">The repository or layout.</param>
    /// <param name="repository">The repository that the tags are from; null for tags of a layout that are not whole names.</param>
    /// <param name="destination">The place that receives the tags; null for a layout that does not exist yet.</param>
    /// <param name="path">The name of that place.</param>
    /// <param name="prefix">The text before the tags at the destination.</param>
    /// <param name="options">The settings.</param>
    public SyncGroup(OciPlace source, RegistryReference? repository, OciPlace? destination, string path, string prefix, SyncOptions options)
    {
        Source = source;
        Repository = repository;
        Destination = destination;
        Path = path;
        Prefix = prefix;
        _options = options;
    }

    /// <summary>The repository or layout that the tags are copied from.</summary>
    public OciPlace Source { get; }

    /// <summary>The repository that the tags are from; null for tags of a layout that are not whole names.</summary>
    public RegistryReference? Repository { get; }

    /// <summary>The place that receives the tags; null for a layout that does not exist yet.</summary>
    public OciPlace? Destination { get; private set; }

    /// <summary>The name of that place.</summary>
    public string Path { get; }

    /// <summary>The text before the tags at the destination.</summary>
    public string Prefix { get; }

    /// <summary>The tags at the source, also those that are not selected.</summary>
    public HashSet<string> Listed { get; } = new(StringComparer.Ordinal);

    /// <summary>The tags to copy, with their names and content at the source. The content of a repository is looked up later.</summary>
    public Dictionary<string, (string Name, Descriptor? Target, Exception? Problem)> Selected { get; } = new(StringComparer.Ordinal);

    /// <summary>The filters of the sources whose tags are all known. Tags at the destination that one of them selects can be removed.</summary>
    public List<Func<string, bool>> Filters { get; } = [];

    /// <summary>Whether <see cref="Listed"/> has all tags of the source.</summary>
    public bool IsListed { get; set; }

    /// <summary>Prepares the copies, after the tags of the source are known and before tags are planned in parallel.</summary>
    public void Begin(CancellationToken cancellationToken)
    {
        _copy ??= new OciCopy(Source, Destination, CopyOptions);
        _copy.Target(cancellationToken);
    }

    // Looking for tags of cosign is not needed where the list of tags has none.
    private CopyOptions CopyOptions => new()
    {
        IncludeReferrers = _options.IncludeReferrers,
        IsFull = _options.IsFull,
        DigestTagPrefix = Prefix,
        IncludeDigestTags = IsListed && Source is OciRepository ? Listed.Any(DigestTag.Is) : null,
    };

    /// <summary>Returns the content of a tag at the destination; empty if the tag does not exist.</summary>
    /// <param name="tag">The tag at the destination.</param>
    /// <param name="target">The content that gets the tag. It must be a manifest if the destination is a registry.</param>
    /// <param name="cancellationToken">The token that cancels the request.</param>
    public async Task<Digest> FindAsync(string tag, Descriptor target, CancellationToken cancellationToken)
    {
        if (_copy!.Target(cancellationToken) is not RepositoryReach reach) return FindInLayout(tag);
        await reach.LookAsync([new CopyRoot(target, tag)], cancellationToken).ConfigureAwait(false);
        return reach.TargetOf(tag);
    }

    /// <summary>Returns the content of a tag of the layout; empty if the tag or the layout does not exist.</summary>
    public Digest FindInLayout(string tag) => (Destination as OciStore)?.State.Index.Read(table => table.FindTag(tag))?.Digest ?? default;

    /// <summary>Plans the copy of one tag. Manifests are read in parallel with those of other tags; the content of a layout is then compared one tag at a time.</summary>
    public async Task<CopyPlan> PlanAsync(CopyRoot root, CancellationToken cancellationToken)
    {
        // Two tags can name one manifest, which is then read once.
        if (Destination is not OciStore store || !store.Exists(root.Descriptor.Digest))
            await _reads.GetOrAdd(root.Descriptor.Digest, _ => new Lazy<Task>(() => ReadAheadAsync(root.Descriptor, cancellationToken))).Value.ConfigureAwait(false);
        if (Destination is OciRepository) return await _copy!.PlanAsync([root], cancellationToken).ConfigureAwait(false);
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _copy!.PlanAsync([root], cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    // The plan reports errors.
    private async Task ReadAheadAsync(Descriptor root, CancellationToken cancellationToken)
    {
        try
        {
            await new ReadAhead(Source.Content, _copy!.Target(cancellationToken) as RepositoryReach, CopyOptions).RunAsync([root], cancellationToken).ConfigureAwait(false);
        }
        catch (OciException)
        {
        }
    }

    /// <summary>Returns whether a blob may be mounted at the destination, so that its bytes are not sent.</summary>
    public bool MayBeMounted(Descriptor blob) => _copy!.MayBeMounted(blob);

    /// <summary>Returns the number of bytes of a blob that an interrupted download left at the destination.</summary>
    public long PartialSizeOf(Descriptor blob) =>
        Source is OciRepository && _copy!.Target(default) is { } target ? Math.Min(blob.Size, target.PartialSizeOf(blob.Digest)) : 0;

    /// <summary>Carries out the copy of one tag.</summary>
    public Task<CopyResult> RunAsync(CopyPlan plan, IProgress<long>? progress, CancellationToken cancellationToken) => _copy!.RunAsync(plan, progress, cancellationToken);

    /// <summary>Removes a tag at the destination.</summary>
    public async Task UntagAsync(string tag, CancellationToken cancellationToken)
    {
        if (Destination is OciRepository repository) await repository.UntagAsync(tag, cancellationToken).ConfigureAwait(false);
        else if (Destination is OciStore store) store.Untag(tag, cancellationToken);
    }

    /// <summary>Uses the layout that was created, or an object of it whose changes are saved together.</summary>
    public void WriteTo(OciStore layout)
    {
        if (ReferenceEquals(Destination, layout)) return;
        Destination = layout;
        _copy?.Dispose();
        _copy = new OciCopy(Source, layout, CopyOptions);
    }

    public void Dispose()
    {
        _copy?.Dispose();
        _turn.Dispose();
    }
}
