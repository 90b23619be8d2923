using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Artifacts;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout.Images;

/// <summary>Finds the images of an index.</summary>
internal sealed class ImageFinder(IContentSource source)
{
    private const string AttestationKey = "vnd.docker.reference.type";
    private const string AttestationSubject = "vnd.docker.reference.digest";

    /// <summary>Returns the image that an attestation of BuildKit is about; null for other members of an index.</summary>
    public static Digest? SubjectOfAttestation(Descriptor member) =>
        member.Annotations.TryGetValue(AttestationSubject, out var subject) && Digest.TryParse(subject, out var digest) ? digest : null;

    /// <summary>Returns whether a manifest is that of an image and not of an artifact.</summary>
    public static bool IsImage(Manifest manifest) => manifest.Kind is ManifestKind.Image or ManifestKind.DockerImage && MediaTypes.IsImageConfig(manifest.Config?.MediaType);

    /// <summary>Lists the images of an index, or the root itself, which is not read then.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>: the index has no image.</exception>
    public async ValueTask<IReadOnlyList<Descriptor>> ListAsync(Descriptor root, CancellationToken cancellationToken)
    {
        if (root.Kind is not (ManifestKind.Index or ManifestKind.DockerList)) return [root];
        var images = new List<Descriptor>();
        await new PlatformFinder(source).VisitMembersAsync(root, AddAsync, cancellationToken).ConfigureAwait(false);
        return images.Count > 0 ? images : throw ImageErrors.NoImages(root.Digest);

        async ValueTask<bool> AddAsync(Descriptor member)
        {
            if (await MayBeImageAsync(member, cancellationToken).ConfigureAwait(false)) images.Add(member);
            return false;
        }
    }

    /// <summary>Returns the image of a platform, or the only image.</summary>
    public async ValueTask<Descriptor> SelectAsync(Descriptor root, Platform? platform, CancellationToken cancellationToken)
    {
        var finder = new PlatformFinder(source);
        if (platform is not null) return await finder.SelectAsync(root, platform, cancellationToken).ConfigureAwait(false);
        var images = await ListAsync(root, cancellationToken).ConfigureAwait(false);
        if (images.Count == 1) return images[0];
        var platforms = new List<string>();
        foreach (var image in images) platforms.Add((await finder.GetPlatformAsync(image, cancellationToken).ConfigureAwait(false))?.ToString() ?? image.Digest.ToString());
        throw ImageErrors.SeveralImages(root.Digest, platforms);
    }

    // A member that is not stored is not left out: its absence is an error, or the caller reports it.
    private async ValueTask<bool> MayBeImageAsync(Descriptor member, CancellationToken cancellationToken)
    {
        if (member.Kind is not (ManifestKind.Image or ManifestKind.DockerImage)) return false;
        if (member.Platform is { OS: "unknown", Architecture: "unknown" } || member.Annotations.ContainsKey(AttestationKey)) return false;
        if (!await source.ContainsAsync(member, DescriptorRole.Manifest, cancellationToken).ConfigureAwait(false)) return true;
        return IsImage(await source.GetManifestAsync(member, cancellationToken).ConfigureAwait(false));
    }
}
