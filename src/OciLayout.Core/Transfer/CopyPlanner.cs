using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Artifacts;
using OciLayout.Model;
using OciLayout.Referrers;
using OciLayout.Store;

namespace OciLayout.Transfer;

/// <summary>
/// Finds the content that a destination lacks. Walks the source, successors first, and stops at content that the index of the destination
/// already reaches.
/// </summary>
internal sealed class CopyPlanner
{
    private readonly StoreReader _source;
    private readonly StoreReader? _destination;
    private readonly DestinationContent? _content;
    private readonly CopyOptions _options;
    private readonly HashSet<Digest> _assumed;
    private readonly CancellationToken _cancellation;
    private readonly HashSet<NodeKey> _entered = [];
    private readonly Dictionary<Digest, int> _at = [];
    private readonly List<CopyItem?> _items = [];
    private readonly List<ReachableNode> _reachable = [];
    private readonly Dictionary<Digest, Descriptor> _missing = [];
    private readonly Queue<Digest> _manifests = [];
    private readonly Dictionary<string, FallbackDocument> _fallbackIndexes = [];
    private readonly FallbackIndexes _sourceIndexes;
    private FallbackIndexes? _destinationIndexes;

    /// <param name="source">The store to read.</param>
    /// <param name="destination">The store to write; null when it does not exist yet.</param>
    /// <param name="content">The content of the destination; null when the destination does not exist yet.</param>
    /// <param name="options">The settings of the copy.</param>
    /// <param name="assumed">Content that is treated as stored at the destination.</param>
    /// <param name="cancellationToken">Stops the operation.</param>
    public CopyPlanner(StoreReader source, StoreReader? destination, DestinationContent? content, CopyOptions options, HashSet<Digest> assumed, CancellationToken cancellationToken)
    {
        _source = source;
        _sourceIndexes = source.GetFallbackIndexes();
        _destination = destination;
        _content = content;
        _options = options;
        _assumed = assumed;
        _cancellation = cancellationToken;
    }

    public CopyPlan Plan(IReadOnlyList<CopyRoot> roots)
    {
        var chosen = roots.Select(Choose).ToList();
        foreach (var root in chosen)
        {
            if (IsFallbackIndex(root)) AddFallbackIndex(new FallbackDocument(root.Tags[0], _source.GetManifest(root.Descriptor, _cancellation)));
            else Walk(root.Descriptor, DescriptorRole.Root);
        }

        if (_options.IncludeReferrers) AddReferrers();
        return new CopyPlan(roots, [.. chosen.Where(r => !IsFallbackIndex(r))], [.. _items.OfType<CopyItem>()])
        {
            Missing = [.. _missing.Values],
            Reachable = _reachable,
            FallbackIndexes = [.. _fallbackIndexes.Values],
        };
    }

    private bool IsFallbackIndex(CopyRoot root) => root.Tags.Count == 1 && _sourceIndexes.Has(root.Descriptor.Digest, root.Tags[0]);

    private CopyRoot Choose(CopyRoot root)
    {
        foreach (var tag in root.Tags) Reference.CheckTag(tag, tag);
        return _options.Platform is null ? root : new CopyRoot(new PlatformFinder(_source).Select(root.Descriptor, _options.Platform, _cancellation), [.. root.Tags]);
    }

    // Visits children first and each node once; the stack is explicit because graphs can be deep. The role of an item decides how its bytes
    // are verified. A digest that is a manifest in one place and a layer in another is therefore planned as the manifest.
    private void Walk(Descriptor root, DescriptorRole role)
    {
        var stack = new Stack<(Descriptor Descriptor, DescriptorRole Role, bool Left)>();
        stack.Push((root, role, false));
        while (stack.Count > 0)
        {
            _cancellation.ThrowIfCancellationRequested();
            var (descriptor, at, left) = stack.Pop();
            if (left) Add(descriptor, at);
            else if (!_entered.Add(NodeKey.Of(descriptor, at)) || IsReachable(descriptor, at)) continue;
            else if (SuccessorsOf(descriptor, at, root) is not { } successors) continue;
            else Enter((descriptor, at, true), successors, stack);
        }
    }

    private static void Enter(
        (Descriptor Descriptor, DescriptorRole Role, bool Left) node,
        IEnumerable<(DescriptorRole Role, Descriptor Target)> successors,
        Stack<(Descriptor Descriptor, DescriptorRole Role, bool Left)> stack)
    {
        stack.Push(node);
        foreach (var (role, child) in successors.Reverse()) stack.Push((child, role, false));
    }

    private void Add(Descriptor descriptor, DescriptorRole role)
    {
        var isManifest = MediaTypes.IsManifest(descriptor.MediaType);
        if (NodeKey.Of(descriptor, role).Kind != ManifestKind.None) _manifests.Enqueue(descriptor.Digest);
        if (_at.TryGetValue(descriptor.Digest, out var at))
        {
            if (!isManifest || MediaTypes.IsManifest(_items[at]!.Descriptor.MediaType)) return;
            _items[at] = null;
        }

        _at[descriptor.Digest] = _items.Count;
        _items.Add(new CopyItem(descriptor, role, _assumed.Contains(descriptor.Digest) || _content?.Has(descriptor) == true));
    }

    // A root that the index reaches only through another entry is not pruned, because it needs an entry of its own.
    private bool IsReachable(Descriptor descriptor, DescriptorRole role)
    {
        if (_content?.EntryOf(descriptor, role, _cancellation) is not { } entry) return false;
        if (role == DescriptorRole.Root && entry != descriptor.Digest) return false;
        _reachable.Add(new ReachableNode(descriptor, entry));
        if (!_options.IncludeReferrers) return true;
        foreach (var manifest in _content.ManifestsFrom(NodeKey.Of(descriptor, role))) _manifests.Enqueue(manifest);
        return true;
    }

    /// <summary>Returns the successors of content; null when the content is not copied.</summary>
    private IEnumerable<(DescriptorRole Role, Descriptor Target)>? SuccessorsOf(Descriptor descriptor, DescriptorRole role, Descriptor root)
    {
        if (role == DescriptorRole.Layer && !_options.IncludeForeign && descriptor.IsForeignLayer) return null;
        if (!descriptor.Digest.IsVerifiable) return Skip(descriptor, role, root);
        var holder = _source.Exists(descriptor.Digest) ? _source : _content?.Has(descriptor) == true ? _destination : null;
        if (holder is null) return Skip(descriptor, role, root);
        return NodeKey.Of(descriptor, role) switch
        {
            { Kind: ManifestKind.None } => [],
            { Kind: ManifestKind.Document } key => NamedBy(key, holder!),
            _ => holder!.GetManifest(descriptor, _cancellation).Successors,
        };
    }

    // Content that a document of an unknown type names is copied when it is stored. A descriptor of content that is not stored is reported
    // as missing.
    private List<(DescriptorRole Role, Descriptor Target)> NamedBy(NodeKey document, StoreReader holder)
    {
        var node = holder.State.Graph.Get(document, holder.ManifestLimit, _cancellation);
        if (node.Problem is { } problem) throw problem;
        var named = new List<(DescriptorRole, Descriptor)>();
        foreach (var edge in node.Edges)
        {
            if (holder.State.Blobs.Find(edge.Digest) is { } file)
            {
                var mediaType = edge.MediaType.Length > 0 ? edge.MediaType : holder.Resolve(edge.Digest.ToString(), allowBarePrefix: true, _cancellation).MediaType;
                named.Add((edge.Role, new Descriptor(mediaType, edge.Digest, file.Length)));
            }
            else if (edge.MediaType.Length > 0)
            {
                _missing[edge.Digest] = edge.ToDescriptor();
            }
        }

        return named;
    }

    // A subject need not exist. An index may list platforms that were not fetched (image-spec, image-layout: blobs "MAY be missing").
    // Foreign layers are usually stored elsewhere. An image without its config or another layer is not usable.
    private IEnumerable<(DescriptorRole Role, Descriptor Target)>? Skip(Descriptor descriptor, DescriptorRole role, Descriptor root)
    {
        if (role == DescriptorRole.Layer && descriptor.IsForeignLayer) return null;
        if (role is DescriptorRole.Subject or DescriptorRole.Manifest or DescriptorRole.Reference)
        {
            _missing[descriptor.Digest] = descriptor;
            return null;
        }

        if (!descriptor.Digest.IsVerifiable)
            throw ContentErrors.UnsupportedAlgorithm(descriptor.Digest, "copy");
        var needs = role == DescriptorRole.Root ? "" : $"; {root.Digest} needs it";
        throw ContentErrors.NotStored(descriptor.Digest, _source.Path, role == DescriptorRole.Root ? null : root.Digest);
    }

    // Adds the referrers of every planned manifest, and their referrers, until there are no new ones.
    private void AddReferrers()
    {
        var asked = new HashSet<Digest>();
        while (_manifests.Count > 0)
        {
            _cancellation.ThrowIfCancellationRequested();
            var subject = _manifests.Dequeue();
            if (!asked.Add(subject)) continue;
            foreach (var referrer in _source.GetReferrers(subject, _cancellation)) Walk(Listed(referrer), DescriptorRole.Root);
            if (_sourceIndexes.Of(subject, _cancellation) is { } fallback) AddFallbackIndex(fallback);
        }
    }

    // The destination may have its own index under this tag. Both are merged, so that no referrer is lost.
    private void AddFallbackIndex(FallbackDocument index)
    {
        foreach (var member in index.Manifest.Manifests.Where(m => _source.Exists(m.Digest))) Walk(member, DescriptorRole.Manifest);
        if (_destination is not null) _destinationIndexes ??= _destination.GetFallbackIndexes();
        if (_destinationIndexes is null || _destinationIndexes.Merge(index, _cancellation, out _) is not null) _fallbackIndexes[index.Tag] = index;
    }

    // A referrer takes its annotations from its manifest. Its index entry repeats only the artifact type, because clients filter by it.
    private static Descriptor Listed(Descriptor referrer) =>
        new(referrer.MediaType, referrer.Digest, referrer.Size) { ArtifactType = referrer.ArtifactType };
}
