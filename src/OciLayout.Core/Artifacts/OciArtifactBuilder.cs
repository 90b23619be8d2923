using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Threading;
using OciLayout.Artifacts;
using OciLayout.Storage;

namespace OciLayout;

/// <summary>What an artifact is, but for its files.</summary>
public sealed class ArtifactOptions
{
    /// <summary>The type of the artifact; needed unless the config has a type.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>A config that is stored; null for the empty one.</summary>
    public Descriptor? Config { get; init; }

    /// <summary>What the artifact is attached to.</summary>
    public Descriptor? Subject { get; init; }

    /// <summary>The annotations; the time of creation is added when it is not among them.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = Descriptor.NoAnnotations;

    /// <summary>The time of creation.</summary>
    public DateTimeOffset Created { get; init; } = DateTimeOffset.UtcNow;
}

/// <summary>
/// Packs files and directories into an artifact, as <c>oras push</c> does: each is a layer with its name; a directory is a tar, compressed
/// (image-spec, manifest, "Guidelines for Artifact Usage"). Names, modes and content alone decide on the digest of a directory.
/// </summary>
public sealed class OciArtifactBuilder
{
    private const string DirectoryType = "application/vnd.oci.image.layer.v1.tar+gzip";

    private static readonly byte[] EmptyContent = "{}"u8.ToArray();

    private readonly OciBatch _batch;
    private readonly List<Layer> _layers = [];

    /// <summary>Begins an artifact without files.</summary>
    /// <param name="batch">Takes the content; the artifact is there when its batch is committed.</param>
    public OciArtifactBuilder(OciBatch batch) => _batch = batch ?? throw new ArgumentNullException(nameof(batch));

    /// <summary>How many files and directories there are.</summary>
    public int Count => _layers.Count;

    /// <summary>The descriptor of no content but <c>{}</c> (image-spec, manifest, "Guidance for an Empty Descriptor").</summary>
    public static Descriptor Empty { get; } = new(MediaTypes.Empty, Digest.Compute(EmptyContent), EmptyContent.Length);

    /// <summary>Adds a file or directory under the last part of its path.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="mediaType">Its media type; when null, what its name says.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>: a name that could not be unpacked everywhere;
    /// <see cref="OciErrorKind.AlreadyExists"/>: another one has the same name.</exception>
    public void Add(string path, string? mediaType = null, CancellationToken cancellation = default)
    {
        var title = Path.GetFileName(path.TrimEnd(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar));
        SafeName.Split(title, "the names of the artifact");
        if (_layers.FirstOrDefault(l => string.Equals(l.Title, title, StringComparison.OrdinalIgnoreCase)) is { } other)
            throw new OciException(OciErrorKind.AlreadyExists, $"'{path}' and '{other.Path}' would have one name in the artifact.", path);
        var layer = new Layer(path, title);
        if (Directory.Exists(path)) AddDirectory(layer, mediaType ?? DirectoryType, cancellation);
        else AddFile(layer, mediaType ?? FileTypes.Of(title), cancellation);
        _layers.Add(layer);
    }

    private void AddFile(Layer layer, string mediaType, CancellationToken cancellation)
    {
        using var content = PhysicalFileSystem.Instance.OpenRead(layer.Path);
        layer.Content = _batch.StageOwn(new PushRequest { MediaType = mediaType }, content, cancellation);
    }

    private void AddDirectory(Layer layer, string mediaType, CancellationToken cancellation)
    {
        void Produce(Stream target, CancellationToken stop)
        {
            using var compressed = new GZipStream(target, CompressionLevel.Optimal, leaveOpen: true);
            using var tar = new HashingStream(compressed, DigestAlgorithm.Sha256);
            Polyfill.PackDirectory(layer.Path, layer.Title, tar, stop);
            layer.Tar = tar.Finish();
        }

        using var content = new ProducedStream(Produce, cancellation);
        layer.Content = _batch.StageOwn(new PushRequest { MediaType = mediaType }, content, cancellation);
    }

    /// <summary>Stores the manifest, and publishes all that was added.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>: neither an artifact type nor a typed config;
    /// <see cref="OciErrorKind.UnsupportedMediaType"/>: the subject is no manifest.</exception>
    public Descriptor Build(ArtifactOptions options, CancellationToken cancellation = default)
    {
        Check(options);
        var content = _layers.Select(l => l.Content!).ToList();
        if (options.Config is null || _layers.Count == 0)
        {
            using var empty = new MemoryStream(EmptyContent);
            content.Add(_batch.StageOwn(new PushRequest { MediaType = MediaTypes.Empty }, empty, cancellation));
        }

        _batch.Publish(content, cancellation);
        var annotations = new SortedDictionary<string, string>(options.Annotations.ToDictionary(a => a.Key, a => a.Value), StringComparer.Ordinal);
        if (!annotations.ContainsKey(AnnotationKeys.Created))
            annotations.Add(AnnotationKeys.Created, options.Created.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        var request = new PushRequest { MediaType = MediaTypes.ImageManifest, AsManifest = true, ArtifactType = options.ArtifactType, Annotations = annotations };
        using var manifest = new MemoryStream(Write(options, annotations));
        return _batch.Push(request, manifest, cancellation).Descriptor;
    }

    /// <summary>Refuses what would make no artifact, before any file is read.</summary>
    public static void Check(ArtifactOptions options)
    {
        if (string.IsNullOrEmpty(options.ArtifactType) && options.Config?.MediaType is null or "" or MediaTypes.Empty or MediaTypes.UnknownConfig)
            throw new OciException(OciErrorKind.InvalidManifest, "An artifact needs a type, or a config that has one.", "artifactType") { Expected = "an artifact type" };
        if (options.Subject is { } subject && !MediaTypes.IsManifest(subject.MediaType))
            throw new OciException(OciErrorKind.UnsupportedMediaType, $"{subject.Digest} is no manifest or index, so nothing can be attached to it.", subject.Digest.ToString());
    }

    private byte[] Write(ArtifactOptions options, SortedDictionary<string, string> annotations) => Json.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteNumber("schemaVersion"u8, 2);
        writer.WriteString("mediaType"u8, MediaTypes.ImageManifest);
        if (!string.IsNullOrEmpty(options.ArtifactType)) writer.WriteString("artifactType"u8, options.ArtifactType);
        writer.WritePropertyName("config"u8);
        DescriptorJson.Write(writer, options.Config?.ToPlain() ?? Empty);
        writer.WriteStartArray("layers"u8);
        foreach (var layer in _layers) DescriptorJson.Write(writer, layer.Describe());
        if (_layers.Count == 0) DescriptorJson.Write(writer, Empty);
        writer.WriteEndArray();
        if (options.Subject is { } subject)
        {
            writer.WritePropertyName("subject"u8);
            DescriptorJson.Write(writer, subject.ToPlain());
        }

        writer.WriteStartObject("annotations"u8);
        foreach (var annotation in annotations) writer.WriteString(annotation.Key, annotation.Value);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    private sealed class Layer(string path, string title)
    {
        public string Path => path;

        public string Title => title;

        public Digest Tar { get; set; }

        public StagedBlob? Content { get; set; }

        public Descriptor Describe()
        {
            var annotations = new SortedDictionary<string, string>(StringComparer.Ordinal) { [AnnotationKeys.Title] = title };
            if (!Tar.IsEmpty)
            {
                annotations[AnnotationKeys.Unpack] = "true";
                annotations[AnnotationKeys.ContentDigest] = Tar.ToString();
            }

            var content = Content!.Descriptor;
            return new Descriptor(content.MediaType, content.Digest, content.Size) { Annotations = annotations };
        }
    }
}
