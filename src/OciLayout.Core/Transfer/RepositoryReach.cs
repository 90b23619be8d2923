using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;
using OciLayout.Referrers;
using OciLayout.Registry;
using OciLayout.Store;

namespace OciLayout.Transfer;

/// <summary>
/// The content of a repository that receives a copy. A registry accepts a manifest only if it has everything below it, so a manifest that
/// exists is complete. Each answer is kept. Thread-safe.
/// </summary>
/// <param name="calls">The repository.</param>
/// <param name="content">The same repository, to read manifests.</param>
/// <param name="isFull">Whether content below manifests that exist is examined as well.</param>
internal sealed class RepositoryReach(RepositoryCalls calls, IContentSource content, bool isFull) : ICopyTarget
{
    private readonly ConcurrentDictionary<Digest, bool> _manifests = new();
    private readonly ConcurrentDictionary<Digest, bool> _blobs = new();
    private readonly ConcurrentDictionary<string, Digest> _tags = new(System.StringComparer.Ordinal); // an empty digest: the tag does not exist

    public IContentSource Content => content;

    public async ValueTask LookAsync(IReadOnlyList<CopyRoot> roots, CancellationToken cancellationToken)
    {
        var tags = roots.SelectMany(r => r.Tags.Select(t => (Tag: t, r.Descriptor))).ToList();
        foreach (var (tag, target) in tags) Check(tag, target);
        await AsyncLoop.ForAsync(tags.Count, RepositoryCalls.Lookups, LookAsync, cancellationToken).ConfigureAwait(false);

        async Task LookAsync(int i, CancellationToken stop)
        {
            if (_tags.ContainsKey(tags[i].Tag)) return;
            var found = await calls.Manifests.FindAsync(tags[i].Tag, stop).ConfigureAwait(false);
            _tags[tags[i].Tag] = found?.Digest ?? default;
            if (found is not null) _manifests[found.Digest] = true;
        }
    }

    /// <summary>Returns a repository of this registry that is known to have a blob; null if there is none.</summary>
    /// <param name="source">The content that is copied. It can be such a repository.</param>
    /// <param name="blob">The blob.</param>
    public string? MountFrom(IContentSource source, Digest blob) =>
        source is RepositoryContent { Repository: var from } && from.Authority == calls.Access.Repository.Authority ? from.Repository : calls.Access.FindPlace(blob);

    private void Check(string tag, Descriptor target)
    {
        if (!RegistryReference.IsTag(tag)) throw RegistryErrors.TagNotPermitted(tag, content.Path);
        if (!MediaTypes.IsManifest(target.MediaType)) throw RegistryErrors.TagsOnlyManifests(target, tag, content.Path);
    }

    /// <summary>Returns whether a tag names a manifest, as far as this object knows.</summary>
    public bool IsTagged(string tag, Digest digest) => _tags.TryGetValue(tag, out var tagged) && tagged == digest;

    /// <summary>Returns the manifest that a tag names; empty if the tag does not exist or was not looked up.</summary>
    public Digest TargetOf(string tag) => _tags.TryGetValue(tag, out var tagged) ? tagged : default;

    /// <summary>Returns whether the repository is known to have content.</summary>
    public bool IsStored(Descriptor content) => (MediaTypes.IsManifest(content.MediaType) ? _manifests : _blobs).TryGetValue(content.Digest, out var has) && has;

    /// <summary>Remembers content that was pushed.</summary>
    public void Remember(Descriptor descriptor, string? tag = null)
    {
        var isManifest = MediaTypes.IsManifest(descriptor.MediaType);
        (isManifest ? _manifests : _blobs)[descriptor.Digest] = true;
        if (!isManifest) calls.Access.AddPlace(descriptor.Digest);
        if (tag is not null) _tags[tag] = descriptor.Digest;
    }

    public async ValueTask<bool> HasAsync(Descriptor descriptor, DescriptorRole role, CancellationToken cancellationToken)
    {
        if (!descriptor.Digest.IsVerifiable) return false;
        var isManifest = MediaTypes.IsManifest(descriptor.MediaType);
        var known = isManifest ? _manifests : _blobs;
        if (known.TryGetValue(descriptor.Digest, out var has)) return has;
        has = isManifest
            ? await calls.Manifests.FindAsync(descriptor.Digest.ToString(), cancellationToken).ConfigureAwait(false) is not null
            : await calls.Blobs.ExistsAsync(descriptor.Digest, cancellationToken).ConfigureAwait(false);
        if (has && !isManifest) calls.Access.AddPlace(descriptor.Digest);
        return known[descriptor.Digest] = has;
    }

    public async ValueTask<Digest?> EntryOfAsync(Descriptor descriptor, DescriptorRole role, CancellationToken cancellationToken)
    {
        if (isFull && MediaTypes.IsManifest(descriptor.MediaType)) return null;
        return await HasAsync(descriptor, role, cancellationToken).ConfigureAwait(false) ? descriptor.Digest : null;
    }

    // The source is read if it has the manifest, because it may be on a disk.
    public async ValueTask<IReadOnlyList<Digest>> ManifestsFromAsync(Descriptor descriptor, DescriptorRole role, IContentSource source, CancellationToken cancellationToken)
    {
        var found = new List<Digest>();
        var seen = new HashSet<Digest>();
        var stack = new Stack<(DescriptorRole Role, Descriptor Descriptor)>([(role, descriptor)]);
        while (stack.Count > 0)
        {
            var (at, next) = stack.Pop();
            if (!MediaTypes.IsManifest(next.MediaType) || !seen.Add(next.Digest)) continue;
            found.Add(next.Digest);
            var holder = await source.ContainsAsync(next, at, cancellationToken).ConfigureAwait(false) ? source : content;
            if (holder == content && !await content.ContainsAsync(next, at, cancellationToken).ConfigureAwait(false)) continue;
            foreach (var successor in (await holder.GetManifestAsync(next, cancellationToken).ConfigureAwait(false)).Successors) stack.Push(successor);
        }

        return found;
    }

    // The registry, or the client when it pushes a referrer, keeps the list.
    public bool Needs(FallbackDocument index, CancellationToken cancellationToken) => false;

    public long PartialSizeOf(Digest digest) => 0;
}
