using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;

namespace OciLayout.Registry;

/// <summary>The calls of the protocol for one repository.</summary>
internal sealed record RepositoryCalls(
    RepositoryAccess Access, ManifestCall Manifests, BlobCall Blobs, ReferrerCall Referrers, BlobUpload BlobUpload, ManifestUpload ManifestUpload, FallbackTagWriter FallbackTag)
{
    /// <summary>The number of HEAD requests at the same time.</summary>
    public const int Lookups = 8;

    /// <summary>Stores a manifest. Lists it as a referrer of its subject if the registry does not do so.</summary>
    public async Task PushManifestAsync(Descriptor descriptor, Manifest manifest, string? tag, CancellationToken cancellationToken)
    {
        var listed = await ManifestUpload.PushAsync(descriptor, manifest.Bytes.ToArray(), tag, cancellationToken).ConfigureAwait(false);
        if (manifest.Subject is not { } subject || listed == subject.Digest) return;
        await ListReferrerAsync(descriptor, manifest, subject, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lists the tags in ordinal order, only those greater than <paramref name="after"/>.</summary>
    public async Task<IReadOnlyList<string>> ListTagsAsync(string? after, CancellationToken cancellationToken, bool isQuiet = false)
    {
        var list = await Access.UrlAsync("tags/list", cancellationToken, isQuiet).ConfigureAwait(false);
        return [.. await PageReader.ReadAsync(Access.Client, Access.Options, list, "tags", Access.Pull, after, cancellationToken, isQuiet).ConfigureAwait(false)];
    }

    /// <summary>Resolves tags with one HEAD request each. Tags that name nothing are left out.</summary>
    public async Task<IEnumerable<(string Tag, Descriptor Target)>> FindAsync(IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        var found = new Descriptor?[tags.Count];
        await AsyncLoop.ForAsync(tags.Count, Lookups, async (i, stop) => found[i] = await Manifests.FindAsync(tags[i], stop).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return tags.Zip(found, (tag, target) => (tag, target!)).Where(t => t.Item2 is not null);
    }

    /// <summary>Returns the tags of a manifest; null if the repository has more tags than are to be resolved.</summary>
    public async Task<IReadOnlyList<string>?> TagsOfAsync(Digest manifest, int most, CancellationToken cancellationToken)
    {
        var names = await ListTagsAsync(null, cancellationToken).ConfigureAwait(false);
        return names.Count > most ? null : [.. (await FindAsync(names, cancellationToken).ConfigureAwait(false)).Where(t => t.Target.Digest == manifest).Select(t => t.Tag)];
    }

    /// <summary>Adds a manifest to the fallback list of referrers of its subject.</summary>
    public async Task ListReferrerAsync(Descriptor descriptor, Manifest manifest, Descriptor subject, CancellationToken cancellationToken)
    {
        var referrer = new Descriptor(descriptor.MediaType, descriptor.Digest, descriptor.Size) { ArtifactType = manifest.ReferrerType, Annotations = manifest.Annotations };
        await FallbackTag.AddAsync(subject.Digest, referrer, cancellationToken).ConfigureAwait(false);
    }
}
