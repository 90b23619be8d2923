using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Images;
using OciLayout.Model;

namespace OciLayout;

/// <summary>Writes the configuration and the manifest of changed images. Layers are packed once for all images.</summary>
internal sealed class ImageComposer
{
    private readonly IArtifactTarget _target;
    private readonly ImageSettings _settings;
    private readonly CancellationToken _cancellation;
    private readonly List<NewLayer> _layers = [];

    /// <param name="target">The place of the new content.</param>
    /// <param name="settings">The changes.</param>
    /// <param name="hasBase">Whether new layers are stacked on existing ones.</param>
    /// <param name="progress">Receives the number of bytes of files that were packed.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    public ImageComposer(IArtifactTarget target, ImageSettings settings, bool hasBase, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        _target = target;
        _settings = settings;
        _cancellation = cancellationToken;
        var packed = 0L;
        foreach (var source in settings.Layers)
        {
            var layer = new LayerSource(source.Path) { Target = source.Target, Mode = source.Mode, UserId = source.UserId, GroupId = source.GroupId, HasBase = hasBase };
            _layers.Add(NewLayer.Store(layer, settings.SourceDate, Add, count => progress?.Report(packed += count), cancellationToken));
        }
    }

    /// <summary>Returns the manifest of a changed copy; null when nothing changes.</summary>
    public byte[]? Edit(OciImage image)
    {
        var isDocker = image.Manifest.Kind == ManifestKind.DockerImage;
        if (isDocker && _settings.Annotations.Count > 0) throw ImageErrors.DockerAnnotations(image.Descriptor.Digest);
        var config = new ImageConfigWriter(image.Config);
        var manifest = new JsonText(image.Manifest.Bytes);
        config.Apply(_settings, _settings.Command);
        var removed = LayersToRemove(image, _settings.RemovedLayers);
        if (removed.Count + _layers.Count > 0) CheckDiffIds(image);
        config.RemoveLayers(removed);
        manifest.ChangeElements(removed.Contains, null, "layers");

        var isAnnotated = Annotate(manifest);
        if (config.Finish(DiffIds, _layers.Count > 0 ? Now : null, isAnnotated ? "Annotation" : null) is not { } bytes) return null;
        var stored = Store(image.Manifest.Config!.MediaType, bytes);
        manifest.Set(JsonText.Of(stored.Digest.ToString()), "config", "digest");
        manifest.Set(JsonText.Of(stored.Size), "config", "size");
        manifest.Set(null, "config", "data");
        foreach (var layer in _layers) manifest.Append(JsonText.Of(layer.Describe(isDocker)), "layers");
        return manifest.Bytes;
    }

    /// <summary>Returns the media type and the manifest of a new image.</summary>
    public (string MediaType, byte[] Manifest) Create(OciImage? image, Platform? platform)
    {
        var isDocker = image?.Manifest.Kind == ManifestKind.DockerImage;
        if (isDocker && _settings.Annotations.Count > 0) throw ImageErrors.DockerAnnotations(image!.Descriptor.Digest);
        if (image is not null && _layers.Count > 0) CheckDiffIds(image);
        var before = image?.Config ?? ImageConfigWriter.Empty(platform ?? throw ImageErrors.NoPlatform());
        var config = new ImageConfigWriter(before);

        // As in a Dockerfile: arguments that the base has for its own entry point do not fit another one.
        config.Apply(_settings, _settings.Command ?? (_settings.Entrypoint is null ? null : []));
        var stored = Store(isDocker ? MediaTypes.DockerConfig : MediaTypes.ImageConfig, config.Finish(DiffIds, Now, image is null ? "Platform" : null) ?? before.Bytes.ToArray());
        var layers = (image?.Manifest.Layers ?? []).Concat(_layers.Select(l => l.Describe(isDocker))).ToList<object?>();
        var type = isDocker ? MediaTypes.DockerManifest : MediaTypes.ImageManifest;
        var manifest = new JsonText(JsonText.Of(new List<KeyValuePair<string, object?>> { new("schemaVersion", 2L), new("mediaType", type), new("config", stored), new("layers", layers) }));
        Annotate(manifest);
        return (type, manifest.Bytes);
    }

    /// <summary>Returns the positions of the layers to remove.</summary>
    public static ISet<int> LayersToRemove(OciImage image, IReadOnlyList<string> names)
    {
        var found = new HashSet<int>();
        foreach (var name in names)
        {
            var own = Enumerable.Range(0, image.Layers.Count).Where(i => Matches(image.Layers[i].Descriptor.Digest, name) || (image.Layers[i].DiffId is { } diffId && Matches(diffId, name))).ToList();
            if (own.Count == 0) throw ImageErrors.LayerNotFound(image.Descriptor.Digest, name);
            found.UnionWith(own);
        }

        return found;
    }

    private static bool Matches(Digest digest, string name)
    {
        const int shortest = 7;
        var text = digest.ToString();
        return text == name || (name.Length >= shortest && (digest.Encoded.StartsWith(name, StringComparison.Ordinal) || (name.IndexOf(':') + shortest < name.Length && name.IndexOf(':') > 0 && text.StartsWith(name, StringComparison.Ordinal))));
    }

    private static void CheckDiffIds(OciImage image)
    {
        if (image.Config.DiffIds.Count != image.Layers.Count) throw ImageErrors.DiffIdCount(image.Descriptor.Digest, image.Layers.Count, image.Config.DiffIds.Count);
    }

    private IReadOnlyList<Digest> DiffIds => [.. _layers.Select(l => l.DiffId)];

    private DateTimeOffset Now => _settings.Created ?? _settings.SourceDate ?? DateTimeOffset.UtcNow;

    private bool Annotate(JsonText manifest)
    {
        var isChanged = false;
        foreach (var annotation in _settings.Annotations) isChanged |= manifest.Set(annotation.Value is null ? null : JsonText.Of(annotation.Value), "annotations", annotation.Key);
        return isChanged;
    }

    private Descriptor Store(string mediaType, byte[] bytes)
    {
        if (bytes.Length > _target.ManifestLimit) throw ImageErrors.ConfigTooLarge(bytes.Length, _target.ManifestLimit);
        using var content = new MemoryStream(bytes);
        return Add(new PushRequest { MediaType = mediaType }, content, _ => { });
    }

    private Descriptor Add(PushRequest request, Stream content, Action<int> count) => _target.Add(request, content, count, _cancellation);
}
