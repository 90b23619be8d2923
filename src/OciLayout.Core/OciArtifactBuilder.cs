using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Artifacts;
using OciLayout.Blobs;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout;

/// <summary>
/// Packs files and directories into an artifact, as <c>oras push</c> does: each is a layer with its name; a directory is a tar, compressed
/// (image-spec, manifest, "Guidelines for Artifact Usage"). Names, modes and content alone decide the digest of the tar of a directory. The
/// digest of the layer also depends on the compression, which differs between versions of .NET.
/// </summary>
public sealed class OciArtifactBuilder
{
    private static readonly byte[] EmptyContent = "{}"u8.ToArray();

    private readonly IArtifactTarget _target;
    private readonly List<ArtifactLayer> _layers = [];
    private readonly Dictionary<string, ArtifactLayer> _titles = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Begins an artifact without files.</summary>
    /// <param name="batch">The batch that stores the content. The artifact is stored when the batch is committed.</param>
    public OciArtifactBuilder(OciBatch batch) => _target = new BatchArtifact(Guard.NotNull(batch));

    /// <summary>Begins an artifact without files in a repository.</summary>
    /// <param name="repository">The repository. Content is uploaded when it is added, and the manifest when the artifact is built. All members
    /// wait for the requests.</param>
    public OciArtifactBuilder(OciRepository repository) => _target = new RepositoryArtifact(Guard.NotNull(repository));

    /// <summary>The descriptor of the empty content <c>{}</c> (image-spec, manifest, "Guidance for an Empty Descriptor").</summary>
    public static Descriptor Empty { get; } = new(MediaTypes.Empty, Digest.Compute(EmptyContent), EmptyContent.Length);

    /// <summary>Adds a file or directory.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="mediaType">The media type. When null, the name of the file decides.</param>
    /// <param name="title">The name in the artifact, relative and with slashes. When null, the last part of the path.</param>
    /// <param name="progress">The receiver of the number of bytes that were read of this file or directory so far. It may be called on
    /// another thread.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>: the name cannot be unpacked on every system;
    /// <see cref="OciErrorKind.AlreadyExists"/>: another file has the same name, apart from case;
    /// <see cref="OciErrorKind.InvalidMediaType"/>.</exception>
    public void Add(string path, string? mediaType = null, string? title = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(path);
        if (mediaType is not null) MediaTypes.Check(mediaType, "media type");
        title ??= Path.GetFileName(path.TrimEnd(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar));
        title = string.Join("/", SafeName.Split(title, "the names of the artifact"));
        var layer = new ArtifactLayer(path, title);
        var bytes = 0L;
        var key = title.Normalize(); // Some file systems compare names in this form, and without case.
        if (_titles.TryGetValue(key, out var other))
            throw ArtifactErrors.NameTaken(path, other.Path, title);
        if (Directory.Exists(path)) AddDirectory(layer, mediaType ?? MediaTypes.LayerGzip, Count, cancellationToken);
        else AddFile(layer, mediaType ?? FileTypes.Of(title), Count, cancellationToken);
        _titles.Add(key, layer);
        _layers.Add(layer);

        void Count(int read) => progress?.Report(bytes += read);
    }

    private void AddFile(ArtifactLayer layer, string mediaType, Action<int> count, CancellationToken cancellationToken)
    {
        using var content = PhysicalFileSystem.Instance.OpenRead(layer.Path);
        layer.Content = _target.Add(new PushRequest { MediaType = mediaType }, content, count, cancellationToken);
    }

    private void AddDirectory(ArtifactLayer layer, string mediaType, Action<int> count, CancellationToken cancellationToken)
    {
        void Produce(Stream target, CancellationToken stop)
        {
            using var compressed = new GZipStream(target, CompressionLevel.Optimal, leaveOpen: true);
            using var tar = new HashingStream(compressed, DigestAlgorithm.Sha256);
            DirectoryPacker.Pack(layer.Path, layer.Title, tar, count, stop);
            layer.Tar = tar.Finish();
        }

        using var content = new ProducedStream(Produce, cancellationToken);
        layer.Content = _target.Add(new PushRequest { MediaType = mediaType }, content, _ => { }, cancellationToken); // the packer counts
    }

    /// <summary>Adds the config. It is published with the artifact.</summary>
    internal Descriptor AddConfig(PushRequest request, Stream content, CancellationToken cancellationToken) => _target.Add(request, content, _ => { }, cancellationToken);

    /// <summary>Stores the manifest and publishes the content that was added.</summary>
    /// <param name="options">The type, config, subject and annotations of the artifact.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    /// <exception cref="OciException">The errors of <see cref="Check"/>.</exception>
    public Descriptor Build(ArtifactOptions options, CancellationToken cancellationToken = default) => Build(options, [], cancellationToken);

    /// <summary>Stores the manifest with tags, and publishes the content that was added.</summary>
    internal Descriptor Build(ArtifactOptions options, IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        Check(Guard.NotNull(options));
        if (options.Config is null || _layers.Count == 0)
        {
            using var empty = new MemoryStream(EmptyContent);
            _target.Add(new PushRequest { MediaType = MediaTypes.Empty }, empty, _ => { }, cancellationToken);
        }

        var annotations = new SortedDictionary<string, string>(options.Annotations.ToDictionary(a => a.Key, a => a.Value), StringComparer.Ordinal);
        if (!annotations.ContainsKey(AnnotationKeys.Created))
            annotations.Add(AnnotationKeys.Created, options.Created.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        var request = new PushRequest { MediaType = MediaTypes.ImageManifest, AsManifest = true, ArtifactType = options.ArtifactType, Annotations = annotations };
        return _target.Complete(request, Write(options, annotations), tags, cancellationToken);
    }

    /// <summary>Refuses options that do not describe a valid artifact, before any file is read.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>: there is neither an artifact type nor a config with a
    /// type, or the time of creation is not valid; <see cref="OciErrorKind.InvalidMediaType"/>;
    /// <see cref="OciErrorKind.UnsupportedMediaType"/>: the subject is not a manifest.</exception>
    internal static void Check(ArtifactOptions options)
    {
        if (string.IsNullOrEmpty(options.ArtifactType) && options.Config?.MediaType is null or "" or MediaTypes.Empty or MediaTypes.UnknownConfig)
            throw ArtifactErrors.NoArtifactType();
        if (!string.IsNullOrEmpty(options.ArtifactType)) MediaTypes.Check(options.ArtifactType!, "artifact type");
        if (options.Config is { } config) MediaTypes.Check(config.MediaType, "media type of the config");
        AnnotationRules.Check(options.Annotations);
        if (options.Subject is { } subject && !MediaTypes.IsManifest(subject.MediaType))
            throw ArtifactErrors.InvalidSubject(subject.Digest);
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
}
