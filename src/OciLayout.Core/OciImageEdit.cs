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
    private readonly IReadOnlyList<(Digest Digest, Manifest Manifest)> _indexes;

    private OciImageEdit(OciPlace place, Descriptor root, ImageSettings settings, Dictionary<Digest, OciImage> images, IReadOnlyList<(Digest Digest, Manifest Manifest)> indexes)
    {
        _place = place;
        _root = root;
        _settings = settings;
        _images = images;
        _indexes = indexes;
    }

    /// <summary>The images to change.</summary>
    public IReadOnlyCollection<OciImage> Images => _images.Values;

    /// <summary>
    /// The tag by which the content was found; null for none. The result gets this tag only if it still names that content. Otherwise, the
    /// batch fails with <see cref="OciErrorKind.TagMoved"/> when it is committed, so that the change of another process is not lost. In a
    /// repository, the tag is compared just before the result is pushed.
    /// </summary>
    public string? Tag { get; set; }

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

        return new OciImageEdit(place, root, settings, images, await ReadIndexesAsync(place, root, cancellationToken).ConfigureAwait(false));
    }

    // Reads the root and the nested indexes that are stored. Members come before the indexes that list them. Without recursion, because
    // indexes can be nested deeper than the stack allows.
    private static async Task<IReadOnlyList<(Digest Digest, Manifest Manifest)>> ReadIndexesAsync(OciPlace place, Descriptor root, CancellationToken cancellationToken)
    {
        var order = new List<(Digest, Manifest)>();
        var read = new Dictionary<Digest, Manifest>();
        var stack = new Stack<(Descriptor Node, bool IsLeft)>();
        stack.Push((root, false));
        while (stack.Count > 0)
        {
            var (node, isLeft) = stack.Pop();
            if (isLeft)
            {
                order.Add((node.Digest, read[node.Digest]));
                continue;
            }

            if (node.Kind is not (ManifestKind.Index or ManifestKind.DockerList) || read.ContainsKey(node.Digest)) continue;
            if (node.Digest != root.Digest && !await place.Content.ContainsAsync(node, DescriptorRole.Manifest, cancellationToken).ConfigureAwait(false)) continue;
            var index = read[node.Digest] = await place.Content.GetManifestAsync(node, cancellationToken).ConfigureAwait(false);
            stack.Push((node, true));
            foreach (var member in index.Manifests) stack.Push((member, false));
        }

        return order;
    }

    /// <summary>Counts the manifests that are attached to the content to change, such as signatures. They do not apply to the result.</summary>
    public async Task<int> CountReferrersAsync(CancellationToken cancellationToken = default)
    {
        var attached = new HashSet<Digest>();
        foreach (var subject in _images.Keys.Append(_root.Digest).Distinct())
        {
            foreach (var referrer in await _place.Content.GetReferrersAsync(subject, cancellationToken).ConfigureAwait(false)) attached.Add(referrer.Digest);
        }

        foreach (var member in _indexes.SelectMany(i => i.Manifest.Manifests).Where(IsObsolete)) attached.Add(member.Digest);
        return attached.Count;
    }

    /// <summary>Writes the changed copy to the store. Blocks the thread.</summary>
    /// <param name="batch">A batch of the store that the images were read from. It stores the copy when it is committed.</param>
    /// <param name="tags">The tags of the result; null for none.</param>
    /// <param name="progress">Receives the number of bytes of files that were packed.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    /// <returns>The result; the same content as before when nothing changed. Nothing is written then, except for tags.</returns>
    public Descriptor Run(OciBatch batch, IReadOnlyList<string>? tags = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Run(new BatchArtifact(Guard.NotNull(batch), (Tag, _root.Digest)), tags ?? [], progress, cancellationToken);

    /// <summary>Writes the changed copy to the repository that the images were read from. Blocks the thread.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="tags">The tags of the result; null for none.</param>
    /// <param name="progress">Receives the number of bytes of files that were packed.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    /// <returns>The result; the same content as before when nothing changed.</returns>
    public Descriptor Run(OciRepository repository, IReadOnlyList<string>? tags = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Run(new RepositoryArtifact(Guard.NotNull(repository), (Tag, _root.Digest)), tags ?? [], progress, cancellationToken);

    private Descriptor Run(IArtifactTarget target, IReadOnlyList<string> tags, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        try
        {
            return Write(target, tags, progress, cancellationToken);
        }
        catch
        {
            target.Discard();
            throw;
        }
    }

    private Descriptor Write(IArtifactTarget target, IReadOnlyList<string> tags, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var composer = new ImageComposer(target, _settings, hasBase: true, progress, cancellationToken);
        var written = new Dictionary<Digest, Descriptor>();
        foreach (var image in _images.Values)
        {
            if (Store(image.Descriptor.Digest, image.Descriptor.MediaType, composer.Edit(image)) is { } result) return result;
        }

        foreach (var (digest, index) in _indexes)
        {
            if (Store(digest, index.MediaType, EditIndex(index)) is { } result) return result;
        }

        target.Tag(_root, tags, cancellationToken);
        return _root;

        // Returns the descriptor of the root, which is the last one.
        Descriptor? Store(Digest digest, string mediaType, byte[]? changed)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (changed is null) return null;
            if (digest == _root.Digest) return target.Complete(new PushRequest { MediaType = _root.MediaType, AsManifest = true }, changed, tags, cancellationToken);
            written[digest] = target.AddManifest(mediaType, changed, cancellationToken);
            return null;
        }

        byte[]? EditIndex(Manifest index)
        {
            if (!index.Manifests.Any(m => written.ContainsKey(m.Digest))) return null;
            var text = new JsonText(index.Bytes);
            text.ChangeElements(i => IsObsolete(index.Manifests[i]), (i, member) => written.TryGetValue(index.Manifests[i].Digest, out var changed) ? Point(member, changed) : null, "manifests");
            return text.Bytes;
        }
    }

    private static byte[] Point(ReadOnlyMemory<byte> member, Descriptor changed)
    {
        var text = new JsonText(member);
        text.Set(JsonText.Of(changed.Digest.ToString()), "digest");
        text.Set(JsonText.Of(changed.Size), "size");
        text.Set(null, "data");
        return text.Bytes;
    }

    // BuildKit lists attestations beside the image that they are about.
    private bool IsObsolete(Descriptor member) => ImageFinder.SubjectOfAttestation(member) is { } subject && _images.ContainsKey(subject);
}
