using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Artifacts;
using OciLayout.Common;
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
    private readonly IContentSource _source;
    private readonly ICopyTarget? _target;
    private readonly CopyOptions _options;
    private readonly HashSet<Digest> _assumed;
    private readonly CopiedContent _copied;
    private readonly CancellationToken _cancellation;
    private readonly HashSet<NodeKey> _entered = [];
    private readonly HashSet<NodeKey> _enteredRoots = [];
    private readonly Dictionary<Digest, int> _at = [];
    private readonly List<CopyItem?> _items = [];
    private readonly List<ReachableNode> _reachable = [];
    private readonly Dictionary<Digest, Descriptor> _missing = [];
    private readonly Queue<Digest> _manifests = [];
    private readonly Dictionary<string, FallbackDocument> _fallbackIndexes = [];
    private readonly Dictionary<string, CopyRoot> _attached = [];
    private readonly FallbackIndexes? _sourceIndexes;
    private readonly ReadAhead _ahead;

    /// <param name="source">The content to read.</param>
    /// <param name="target">The content of the destination; null when the destination does not exist yet.</param>
    /// <param name="options">The settings of the copy.</param>
    /// <param name="assumed">Content that is treated as stored at the destination.</param>
    /// <param name="copied">Content that is not walked, because earlier runs have copied it.</param>
    /// <param name="cancellationToken">Stops the operation.</param>
    public CopyPlanner(IContentSource source, ICopyTarget? target, CopyOptions options, HashSet<Digest> assumed, CopiedContent copied, CancellationToken cancellationToken)
    {
        _source = source;
        _sourceIndexes = (source as StoreReader)?.GetFallbackIndexes();
        _target = target;
        _ahead = new ReadAhead(source, target, options);
        _options = options;
        _assumed = assumed;
        _copied = copied;
        _cancellation = cancellationToken;
    }

    public async ValueTask<CopyPlan> PlanAsync(IReadOnlyList<CopyRoot> roots)
    {
        var chosen = new List<CopyRoot>(roots.Count);
        foreach (var root in roots) chosen.Add(await ChooseAsync(root).ConfigureAwait(false));
        var tagged = chosen.Where(r => !IsFallbackIndex(r)).ToList();
        if (_target is not null) await _target.LookAsync(tagged, _cancellation).ConfigureAwait(false);
        await _ahead.RunAsync(tagged.Select(r => r.Descriptor), _cancellation).ConfigureAwait(false);
        foreach (var root in chosen)
        {
            if (IsFallbackIndex(root))
                await AddFallbackIndexAsync(new FallbackDocument(root.Tags[0], await _source.GetManifestAsync(root.Descriptor, _cancellation).ConfigureAwait(false))).ConfigureAwait(false);
            else await WalkAsync(root.Descriptor, DescriptorRole.Root).ConfigureAwait(false);
        }

        if (_options.IncludeReferrers) await AddReferrersAsync([.. chosen.SelectMany(r => r.Tags)]).ConfigureAwait(false);
        return new CopyPlan(roots, [.. tagged, .. _attached.Values], [.. _items.OfType<CopyItem>()])
        {
            Missing = [.. _missing.Values],
            Reachable = _reachable,
            Walked = _entered,
            WalkedRoots = _enteredRoots,
            FallbackIndexes = [.. _fallbackIndexes.Values],
            PartialSize = _target is null || _source.Requests == 0 ? 0 : _items.OfType<CopyItem>().Where(i => !i.IsStored).Sum(i => Math.Min(i.Descriptor.Size, _target.PartialSizeOf(i.Descriptor.Digest))),
        };
    }

    // Of a repository, only the names of fallback indexes are known: its registry returns the referrers themselves.
    private bool IsFallbackIndex(CopyRoot root)
    {
        if (root.Tags.Count != 1) return false;
        if (_sourceIndexes is not null) return _sourceIndexes.Has(root.Descriptor.Digest, root.Tags[0]);
        return root.Descriptor.Kind == ManifestKind.Index && FallbackTag.Is(root.Tags[0]) && root.Tags[0] != FallbackTag.Of(root.Descriptor.Digest);
    }

    private async ValueTask<CopyRoot> ChooseAsync(CopyRoot root)
    {
        foreach (var tag in root.Tags) Reference.CheckTag(tag, tag);
        if (_options.Platform is null || IsFallbackIndex(root)) return root;
        return new CopyRoot(await new PlatformFinder(_source).SelectAsync(root.Descriptor, _options.Platform, _cancellation).ConfigureAwait(false), [.. root.Tags]);
    }

    // Visits successors first and each node once; the stack is explicit because graphs can be deep. The role of an item decides how its bytes
    // are verified. A digest that is a manifest in one place and a layer in another is therefore planned as the manifest.
    private async ValueTask WalkAsync(Descriptor root, DescriptorRole role)
    {
        var stack = new Stack<(Descriptor Descriptor, DescriptorRole Role, bool Left)>();
        stack.Push((root, role, false));
        while (stack.Count > 0)
        {
            _cancellation.ThrowIfCancellationRequested();
            var (descriptor, at, left) = stack.Pop();
            if (left) await AddAsync(descriptor, at).ConfigureAwait(false);
            else if (!TryEnter(NodeKey.Of(descriptor, at), at) || await IsReachableAsync(descriptor, at).ConfigureAwait(false)) continue;
            else if (await SuccessorsOfAsync(descriptor, at, root).ConfigureAwait(false) is not { } successors) continue;
            else Enter((descriptor, at, true), successors, stack);
        }
    }

    private bool TryEnter(NodeKey key, DescriptorRole role)
    {
        if (_copied.Has(key, role) || !_entered.Add(key)) return false;
        if (role == DescriptorRole.Root) _enteredRoots.Add(key);
        return true;
    }

    private static void Enter(
        (Descriptor Descriptor, DescriptorRole Role, bool Left) node,
        IEnumerable<(DescriptorRole Role, Descriptor Target)> successors,
        Stack<(Descriptor Descriptor, DescriptorRole Role, bool Left)> stack)
    {
        stack.Push(node);
        foreach (var (role, child) in successors.Reverse()) stack.Push((child, role, false));
    }

    private async ValueTask AddAsync(Descriptor descriptor, DescriptorRole role)
    {
        var isManifest = MediaTypes.IsManifest(descriptor.MediaType);
        if (NodeKey.Of(descriptor, role).Kind != ManifestKind.None) _manifests.Enqueue(descriptor.Digest);
        if (_at.TryGetValue(descriptor.Digest, out var at))
        {
            if (!isManifest || MediaTypes.IsManifest(_items[at]!.Descriptor.MediaType)) return;
            _items[at] = null;
        }

        _at[descriptor.Digest] = _items.Count;
        _items.Add(new CopyItem(descriptor, role, _assumed.Contains(descriptor.Digest) || await IsThereAsync(descriptor, role).ConfigureAwait(false)));
    }

    // A root that the index reaches only through another entry is not pruned, because it needs an entry of its own.
    private async ValueTask<bool> IsThereAsync(Descriptor descriptor, DescriptorRole role) =>
        _target is not null && await _target.HasAsync(descriptor, role, _cancellation).ConfigureAwait(false);

    private async ValueTask<bool> IsReachableAsync(Descriptor descriptor, DescriptorRole role)
    {
        if (_target is null || await _target.EntryOfAsync(descriptor, role, _cancellation).ConfigureAwait(false) is not { } entry) return false;
        if (role == DescriptorRole.Root && entry != descriptor.Digest) return false;
        _reachable.Add(new ReachableNode(descriptor, entry));
        if (!_options.IncludeReferrers) return true;
        foreach (var manifest in await _target.ManifestsFromAsync(descriptor, role, _source, _cancellation).ConfigureAwait(false)) _manifests.Enqueue(manifest);
        return true;
    }

    /// <summary>Returns the successors of content; null when the content is not copied.</summary>
    private async ValueTask<IEnumerable<(DescriptorRole Role, Descriptor Target)>?> SuccessorsOfAsync(Descriptor descriptor, DescriptorRole role, Descriptor root)
    {
        if (role == DescriptorRole.Layer && !_options.IncludeForeign && descriptor.IsForeignLayer) return null;
        if (!descriptor.Digest.IsVerifiable) return Skip(descriptor, role, root);
        var isOurs = await _source.ContainsAsync(descriptor, role, _cancellation).ConfigureAwait(false);
        if (!isOurs && !await IsThereAsync(descriptor, role).ConfigureAwait(false)) return Skip(descriptor, role, root);
        var holder = isOurs ? _source : _target!.Content;
        return NodeKey.Of(descriptor, role) switch
        {
            { Kind: ManifestKind.None } => [],
            { Kind: ManifestKind.Document } key => holder is StoreReader store ? NamedBy(key, store) : [],
            _ => (await holder.GetManifestAsync(descriptor, _cancellation).ConfigureAwait(false)).Successors,
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

    // Adds the referrers of every planned manifest, and their referrers, until none is new. Manifests that cosign attached by tags
    // are added with these tags.
    private async ValueTask AddReferrersAsync(HashSet<string> taken)
    {
        var asked = new HashSet<Digest>();
        while (_manifests.Count > 0)
        {
            _cancellation.ThrowIfCancellationRequested();
            var subjects = _manifests.Where(asked.Add).ToList();
            _manifests.Clear();
            var referrers = new IEnumerable<Descriptor>[subjects.Count];
            var tags = new IReadOnlyList<(string Tag, Descriptor Target)>[subjects.Count];
            await AsyncLoop.ForAsync(subjects.Count, Math.Max(1, _source.Requests), FindAsync, _cancellation).ConfigureAwait(false);
            var attached = tags.SelectMany(t => t).Select(t => CopyRoot.Attached(t.Target, DestinationTag(t.Tag))).Where(r => taken.Add(r.Tags[0])).ToList();
            if (_target is not null) await _target.LookAsync(attached, _cancellation).ConfigureAwait(false);
            await _ahead.RunAsync(_source.Requests > 0 ? referrers.SelectMany(r => r).Concat(attached.Select(r => r.Descriptor)) : [], _cancellation).ConfigureAwait(false);
            for (var i = 0; i < subjects.Count; i++)
            {
                foreach (var referrer in referrers[i]) await WalkAsync(Listed(referrer), DescriptorRole.Root).ConfigureAwait(false);
                if (_sourceIndexes?.Of(subjects[i], _cancellation) is { } fallback) await AddFallbackIndexAsync(fallback).ConfigureAwait(false);
            }

            foreach (var root in attached)
            {
                await WalkAsync(root.Descriptor, DescriptorRole.Root).ConfigureAwait(false);
                _attached.Add(root.Tags[0], root);
            }

            async Task FindAsync(int i, CancellationToken stop)
            {
                referrers[i] = await _source.GetReferrersAsync(subjects[i], stop).ConfigureAwait(false);
                tags[i] = _options.IncludeDigestTags ?? true ? await _source.GetDigestTagsAsync(subjects[i], stop).ConfigureAwait(false) : [];
            }
        }
    }

    // A tag in a layout may have the name of a repository before it, which a registry does not have.
    private string DestinationTag(string tag) =>
        _options.DigestTagPrefix.Length > 0 || _target?.Content.Requests > 0 ? _options.DigestTagPrefix + DigestTag.NameOf(tag) : tag;

    // The destination may have its own index under this tag. Both are merged, so that no referrer is lost.
    private async ValueTask AddFallbackIndexAsync(FallbackDocument index)
    {
        await _ahead.RunAsync(index.Manifest.Manifests, _cancellation).ConfigureAwait(false);
        foreach (var member in index.Manifest.Manifests)
        {
            if (await _source.ContainsAsync(member, DescriptorRole.Manifest, _cancellation).ConfigureAwait(false)) await WalkAsync(member, DescriptorRole.Manifest).ConfigureAwait(false);
        }

        if (_target is null || _target.Needs(index, _cancellation)) _fallbackIndexes[index.Tag] = index;
    }

    // A referrer takes its annotations from its manifest. Its index entry repeats only the artifact type, because clients filter by it.
    private static Descriptor Listed(Descriptor referrer) =>
        new(referrer.MediaType, referrer.Digest, referrer.Size) { ArtifactType = referrer.ArtifactType };
}
