using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;
using OciLayout.Images;
using OciLayout.Model;

namespace OciLayout;

/// <summary>
/// Changes an image, or images of an index. The result is a copy that shares the layers. Its format is kept, and so are the members of the
/// documents that no setting names.
/// </summary>
public sealed class OciImageEdit
{
    private readonly OciPlace _place;
    private readonly Descriptor _root;
    private readonly ImageSettings _settings;
    private readonly Dictionary<Digest, OciImage> _images;
    private readonly Dictionary<Digest, Manifest> _indexes;

    private OciImageEdit(OciPlace place, Descriptor root, ImageSettings settings, Dictionary<Digest, OciImage> images, Dictionary<Digest, Manifest> indexes)
    {
        _place = place;
        _root = root;
        _settings = settings;
        _images = images;
        _indexes = indexes;
    }

    /// <summary>The images to change.</summary>
    public IReadOnlyCollection<OciImage> Images => _images.Values;

    /// <summary>Reads the images to change, and checks the settings. Nothing is written.</summary>
    /// <param name="place">The layout or repository.</param>
    /// <param name="root">An image or an index.</param>
    /// <param name="settings">The changes.</param>
    /// <param name="platform">The platform of the image of an index to change; null for all images.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>: the root is not an image;
    /// <see cref="OciErrorKind.NotFound"/>: it has no image of the platform, or an image does not have a layer to remove;
    /// <see cref="OciErrorKind.InvalidManifest"/>, and the errors of the registry.</exception>
    public static async Task<OciImageEdit> PlanAsync(OciPlace place, Descriptor root, ImageSettings settings, Platform? platform = null, CancellationToken cancellationToken = default)
    {
        ImageSettingsCheck.Check(Guard.NotNull(settings));
        var wanted = platform is null
            ? await OciImage.ListAsync(Guard.NotNull(place), Guard.NotNull(root), cancellationToken).ConfigureAwait(false)
            : [await OciPlatforms.SelectAsync(Guard.NotNull(place), Guard.NotNull(root), platform, cancellationToken).ConfigureAwait(false)];
        var images = new Dictionary<Digest, OciImage>();
        foreach (var descriptor in wanted)
        {
            var image = await OciImage.ReadAsync(place, descriptor, cancellationToken).ConfigureAwait(false);
            ImageComposer.LayersToRemove(image, settings.RemovedLayers);
            images[descriptor.Digest] = image;
        }

        var indexes = new Dictionary<Digest, Manifest>();
        await ReadIndexesAsync(root).ConfigureAwait(false);
        return new OciImageEdit(place, root, settings, images, indexes);

        async Task ReadIndexesAsync(Descriptor node)
        {
            if (node.Kind is not (ManifestKind.Index or ManifestKind.DockerList) || indexes.ContainsKey(node.Digest)) return;
            if (node.Digest != root.Digest && !await place.Content.ContainsAsync(node, DescriptorRole.Manifest, cancellationToken).ConfigureAwait(false)) return;
            indexes[node.Digest] = await place.Content.GetManifestAsync(node, cancellationToken).ConfigureAwait(false);
            foreach (var member in indexes[node.Digest].Manifests) await ReadIndexesAsync(member).ConfigureAwait(false);
        }
    }

    /// <summary>Counts the manifests that are attached to the content to change, such as signatures. They do not apply to the result.</summary>
    public async Task<int> CountReferrersAsync(CancellationToken cancellationToken = default)
    {
        var attached = new HashSet<Digest>();
        foreach (var subject in _images.Keys.Append(_root.Digest).Distinct())
        {
            foreach (var referrer in await _place.Content.GetReferrersAsync(subject, cancellationToken).ConfigureAwait(false)) attached.Add(referrer.Digest);
        }

        foreach (var member in _indexes.Values.SelectMany(i => i.Manifests).Where(IsObsolete)) attached.Add(member.Digest);
        return attached.Count;
    }

    /// <summary>Writes the changed copy to the store. Blocks the thread.</summary>
    /// <param name="batch">A batch of the store that the images were read from. It stores the copy when it is committed.</param>
    /// <param name="tags">The tags of the result; null for none.</param>
    /// <param name="progress">Receives the number of bytes of files that were packed.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    /// <returns>The result; the same content as before when nothing changed. Nothing is written then, except for tags.</returns>
    public Descriptor Run(OciBatch batch, IReadOnlyList<string>? tags = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Run(new BatchArtifact(Guard.NotNull(batch)), tags ?? [], progress, cancellationToken);

    /// <summary>Writes the changed copy to the repository that the images were read from. Blocks the thread.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="tags">The tags of the result; null for none.</param>
    /// <param name="progress">Receives the number of bytes of files that were packed.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    /// <returns>The result; the same content as before when nothing changed.</returns>
    public Descriptor Run(OciRepository repository, IReadOnlyList<string>? tags = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Run(new RepositoryArtifact(Guard.NotNull(repository)), tags ?? [], progress, cancellationToken);

    private Descriptor Run(IArtifactTarget target, IReadOnlyList<string> tags, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var composer = new ImageComposer(target, _settings, hasBase: true, progress, cancellationToken);
        var written = new Dictionary<Digest, Descriptor>();
        if (Change(_root, out var bytes)) return target.Complete(new PushRequest { MediaType = _root.MediaType, AsManifest = true }, bytes, tags, cancellationToken);
        target.Tag(_root, tags, cancellationToken);
        return _root;

        bool Change(Descriptor node, out byte[] changed)
        {
            cancellationToken.ThrowIfCancellationRequested();
            changed = (_images.TryGetValue(node.Digest, out var image) ? composer.Edit(image) : _indexes.TryGetValue(node.Digest, out var index) ? EditIndex(index) : null) ?? [];
            return changed.Length > 0;
        }

        byte[]? EditIndex(Manifest index)
        {
            var text = new JsonText(index.Bytes);
            var isChanged = false;
            for (var i = index.Manifests.Count - 1; i >= 0; i--)
            {
                if (Replacement(index.Manifests[i]) is not { } replacement) continue;
                var member = new JsonText(text.Elements("manifests")[i]);
                member.Set(JsonText.Of(replacement.Digest.ToString()), "digest");
                member.Set(JsonText.Of(replacement.Size), "size");
                member.Set(null, "data");
                text.SetElement(i, member.Bytes, "manifests");
                isChanged = true;
            }

            for (var i = index.Manifests.Count - 1; isChanged && i >= 0; i--)
            {
                if (IsObsolete(index.Manifests[i])) text.SetElement(i, null, "manifests");
            }

            return isChanged ? text.Bytes : null;
        }

        Descriptor? Replacement(Descriptor member)
        {
            if (written.TryGetValue(member.Digest, out var known)) return known;
            return Change(member, out var changed) ? written[member.Digest] = target.AddManifest(member.MediaType, changed, cancellationToken) : null;
        }
    }

    // BuildKit lists attestations beside the image that they are about.
    private bool IsObsolete(Descriptor member) => ImageFinder.SubjectOfAttestation(member) is { } subject && _images.ContainsKey(subject);
}
