using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Registry;

/// <summary>The calls of the protocol for one repository.</summary>
internal sealed record RepositoryCalls(
    RepositoryAccess Access, ManifestCall Manifests, BlobCall Blobs, ReferrerCall Referrers, BlobUpload BlobUpload, ManifestUpload ManifestUpload, FallbackTagWriter FallbackTag)
{
    /// <summary>Stores a manifest. Lists it as a referrer of its subject if the registry does not do so.</summary>
    public async Task PushManifestAsync(Descriptor descriptor, Manifest manifest, string? tag, CancellationToken cancellationToken)
    {
        var listed = await ManifestUpload.PushAsync(descriptor, manifest.Bytes.ToArray(), tag, cancellationToken).ConfigureAwait(false);
        if (manifest.Subject is not { } subject || listed == subject.Digest) return;
        await ListReferrerAsync(descriptor, manifest, subject, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Adds a manifest to the fallback list of referrers of its subject.</summary>
    public async Task ListReferrerAsync(Descriptor descriptor, Manifest manifest, Descriptor subject, CancellationToken cancellationToken)
    {
        var referrer = new Descriptor(descriptor.MediaType, descriptor.Digest, descriptor.Size) { ArtifactType = manifest.ReferrerType, Annotations = manifest.Annotations };
        await FallbackTag.AddAsync(subject.Digest, referrer, cancellationToken).ConfigureAwait(false);
    }
}
