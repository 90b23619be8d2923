using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;
using OciLayout.Referrers;
using OciLayout.Registry;
using OciLayout.Store;

namespace OciLayout.Maintenance;

/// <summary>
/// A repository as one of two compared sides: its tags, and the content that is reachable from them and from referrers. Blobs are not
/// requested: a registry has the content below its manifests.
/// </summary>
internal sealed class RepositoryInventory : IContentInventory
{
    private readonly ConcurrentDictionary<Digest, IReadOnlyList<Descriptor>> _successors = new();
    private readonly ConcurrentDictionary<Digest, InventoryItem> _content = new();
    private readonly ConcurrentQueue<OciException> _problems = new();
    private readonly Dictionary<string, Descriptor> _tags = new(StringComparer.Ordinal);
    private readonly RepositoryCalls _calls;
    private readonly IContentSource _source;

    private RepositoryInventory(RepositoryCalls calls, IContentSource source)
    {
        _calls = calls;
        _source = source;
    }

    public IReadOnlyDictionary<string, Descriptor> Tags => _tags;

    public IReadOnlyDictionary<Digest, InventoryItem> Content => _content;

    /// <summary>The manifests that cannot be used.</summary>
    public IReadOnlyCollection<OciException> Problems => _problems;

    /// <summary>Reads all tags and manifests of a repository.</summary>
    public static async Task<RepositoryInventory> ReadAsync(RepositoryCalls calls, IContentSource source, CancellationToken cancellationToken)
    {
        var inventory = new RepositoryInventory(calls, source);
        await inventory.ReadAsync(cancellationToken).ConfigureAwait(false);
        return inventory;
    }

    public bool Has(Digest digest) => _content.ContainsKey(digest);

    public long? SizeBelow(Descriptor root, Func<Digest, bool> there) => Below([root.Digest]).Where(d => !there(d) && _content.ContainsKey(d)).Select(d => _content[d].Size ?? 0).Total();

    /// <summary>Returns everything reachable from digests, with the digests themselves.</summary>
    public HashSet<Digest> Below(IEnumerable<Digest> digests)
    {
        var seen = new HashSet<Digest>();
        var stack = new Stack<Digest>(digests);
        while (stack.Count > 0)
        {
            var digest = stack.Pop();
            if (!seen.Add(digest) || !_successors.TryGetValue(digest, out var successors)) continue;
            foreach (var successor in successors) stack.Push(successor.Digest);
        }

        return seen;
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var names = await _calls.ListTagsAsync(null, cancellationToken).ConfigureAwait(false);
        var level = new List<(Descriptor Content, DescriptorRole Role)>();
        foreach (var (tag, target) in await _calls.FindAsync(names, cancellationToken).ConfigureAwait(false))
        {
            // The registry, or each client, keeps its own list of referrers. Only the members are compared.
            if (FallbackTag.Is(tag) && target.MediaType == MediaTypes.ImageIndex && tag != FallbackTag.Of(target.Digest))
            {
                level.AddRange((await ReadAsync(target, DescriptorRole.Manifest, cancellationToken).ConfigureAwait(false))?.Manifests.Select(m => (m, DescriptorRole.Manifest)) ?? []);
                continue;
            }

            _tags[tag] = target.ToPlain();
            level.Add((target, DescriptorRole.Root));
        }

        var seen = new HashSet<Digest>();
        while (level.Count > 0)
        {
            var now = level.Where(c => seen.Add(c.Content.Digest)).ToList();
            var found = new IEnumerable<(Descriptor, DescriptorRole)>[now.Count];
            await AsyncLoop.ForAsync(now.Count, RepositoryCalls.Lookups, async (i, stop) => found[i] = await AddAsync(now[i].Content, now[i].Role, stop).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            level = [.. found.SelectMany(f => f)];
        }
    }

    // Adds content, and returns the manifests that are next.
    private async Task<IEnumerable<(Descriptor, DescriptorRole)>> AddAsync(Descriptor content, DescriptorRole role, CancellationToken cancellationToken)
    {
        if (!MediaTypes.IsManifest(content.MediaType))
        {
            if (!content.IsForeignLayer) _content.TryAdd(content.Digest, new InventoryItem(content.Size, content.MediaType, false));
            return [];
        }

        if (await ReadAsync(content, role, cancellationToken).ConfigureAwait(false) is not { } manifest) return [];
        var successors = manifest.Successors.ToList();
        _content.TryAdd(content.Digest, new InventoryItem(content.Size, content.MediaType, true));
        _successors[content.Digest] = [.. successors.Select(s => s.Target)];
        var referrers = await _calls.Referrers.ListAsync(content.Digest, cancellationToken).ConfigureAwait(false);
        return successors.Select(s => (s.Target, s.Role)).Concat(referrers.Select(r => (r, DescriptorRole.Manifest)));
    }

    // A member of an index or a subject need not exist.
    private async Task<Manifest?> ReadAsync(Descriptor manifest, DescriptorRole role, CancellationToken cancellationToken)
    {
        try
        {
            if (role != DescriptorRole.Root && !await _source.ContainsAsync(manifest, role, cancellationToken).ConfigureAwait(false)) return null;
            return await _source.GetManifestAsync(manifest, cancellationToken).ConfigureAwait(false);
        }
        catch (OciException e) when (e.Registry is null)
        {
            _problems.Enqueue(e);
            return null;
        }
    }
}
