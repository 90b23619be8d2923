using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Model;
using OciLayout.Referrers;
using OciLayout.Store;

namespace OciLayout.Registry;

/// <summary>The content of a repository, for copies from it.</summary>
internal sealed class RepositoryContent(RepositoryCalls calls) : IContentSource
{
    public string Path => calls.Access.Repository.ToRepositoryString();

    public int Requests => calls.Access.Options.MaximumConcurrency;

    /// <summary>The repository, to mount blobs from.</summary>
    public RegistryReference Repository => calls.Access.Repository;

    public async ValueTask<bool> ContainsAsync(Descriptor content, DescriptorRole role, CancellationToken cancellationToken) => NodeKey.Of(content, role).Kind switch
    {
        ManifestKind.None => true,
        ManifestKind.Document => await calls.Blobs.ExistsAsync(content.Digest, cancellationToken).ConfigureAwait(false),
        _ => await calls.Manifests.TryReadAsync(content.Digest.ToString(), cancellationToken).ConfigureAwait(false) is not null,
    };

    public async ValueTask<Manifest> GetManifestAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        var (found, bytes) = await calls.Manifests.ReadAsync(descriptor.Digest.ToString(), cancellationToken).ConfigureAwait(false);
        if (found.Size != descriptor.Size) throw ContentErrors.WrongSize(descriptor.Digest, descriptor.Size, found.Size);
        return Manifest.Parse(bytes, descriptor.MediaType, descriptor.Digest.ToString());
    }

    /// <summary>Returns the descriptor of a manifest with the size that the manifest has.</summary>
    public async ValueTask<Descriptor> CorrectSizeAsync(Descriptor manifest, CancellationToken cancellationToken)
    {
        var (found, _) = await calls.Manifests.ReadAsync(manifest.Digest.ToString(), cancellationToken).ConfigureAwait(false);
        return found.Size == manifest.Size ? manifest : new Descriptor(manifest.MediaType, manifest.Digest, found.Size);
    }

    public async ValueTask<byte[]> ReadAllAsync(Descriptor content, CancellationToken cancellationToken)
    {
        if (content.Size > calls.Access.Options.ManifestSizeLimit) throw ContentErrors.TooLarge(content.Digest, content.Size, calls.Access.Options.ManifestSizeLimit);
        var bytes = new byte[content.Size];
        using var stream = await OpenAsync(content, 0, cancellationToken).ConfigureAwait(false);
        for (var count = 0; count < bytes.Length;)
        {
            var read = await stream.ReadAsync(bytes, count, bytes.Length - count, cancellationToken).ConfigureAwait(false);
            if (read == 0) throw ContentErrors.Truncated(content.Digest, content.Size, count);
            count += read;
        }

        var actual = Digest.Compute(bytes, content.Digest.KnownAlgorithm ?? DigestAlgorithm.Sha256);
        return actual == content.Digest ? bytes : throw ContentErrors.WrongDigest(content.Digest, actual);
    }

    public async ValueTask<Stream> OpenAsync(Descriptor content, long offset, CancellationToken cancellationToken)
    {
        if (!MediaTypes.IsManifest(content.MediaType)) return await calls.Blobs.OpenAsync(content, offset, cancellationToken).ConfigureAwait(false);
        var (_, bytes) = await calls.Manifests.ReadAsync(content.Digest.ToString(), cancellationToken).ConfigureAwait(false);
        return new MemoryStream(bytes, writable: false) { Position = offset };
    }

    public async ValueTask<IEnumerable<Descriptor>> GetReferrersAsync(Digest subject, CancellationToken cancellationToken) =>
        await calls.Referrers.ListAsync(subject, cancellationToken).ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<(string Tag, Descriptor Target)>> GetDigestTagsAsync(Digest subject, CancellationToken cancellationToken)
    {
        var tags = DigestTag.Of(subject).Where(RegistryReference.IsTag).ToList();
        return [.. (await calls.FindAsync(tags, cancellationToken).ConfigureAwait(false)).Where(t => t.Target.Digest != subject && MediaTypes.IsManifest(t.Target.MediaType))];
    }
}
