using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Blobs;
using OciLayout.Common;
using OciLayout.Index;
using OciLayout.Layout;
using OciLayout.Model;

namespace OciLayout.Transfer;

/// <summary>
/// Converts the old format of <c>docker save</c>, which skopeo and others call <c>docker-archive</c>: configs and layers as files, and a
/// <c>manifest.json</c> that lists the files of each image. Config and layers keep their bytes; the manifest is created here.
/// </summary>
internal sealed class DockerArchive
{
    private readonly ArchiveScan _scan;
    private readonly ImportStage _stage;
    private readonly string _archive;

    public DockerArchive(ArchiveScan scan, ImportStage stage, string archive)
    {
        _scan = scan;
        _stage = stage;
        _archive = archive;
    }

    private readonly Dictionary<Digest, List<string>> _diffIds = [];
    private readonly Dictionary<Digest, (Descriptor Layer, Digest? DiffId)> _layers = [];

    /// <summary>The content of the converted images.</summary>
    public HashSet<Digest> Used { get; } = [];

    /// <summary>Returns whether a file is read only by versions of Docker before 1.10.</summary>
    public static bool IsLegacy(string name) =>
        name == LayoutNames.DockerRepositories || name.EndsWith("/json", StringComparison.Ordinal) || name.EndsWith("/VERSION", StringComparison.Ordinal);

    /// <summary>Returns the name of the target of a link; null when the target is outside of the archive.</summary>
    public static string? TargetOf(string name, TarEntry link)
    {
        var target = link.LinkTarget.Replace('\\', '/');
        if (target.Length == 0 || target[0] == '/') return null;
        var parts = new List<string>();
        if (link.Kind == TarEntryKind.SymbolicLink) parts.AddRange(name.Substring(0, Math.Max(0, name.LastIndexOf('/'))).Split(['/'], StringSplitOptions.RemoveEmptyEntries));
        foreach (var part in target.Split(['/'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count == 0) return null;
            else parts.RemoveAt(parts.Count - 1);
        }

        return parts.Count == 0 ? null : TarName.Normalize(string.Join("/", parts));
    }

    /// <summary>Creates a manifest for each image of the archive, and an index entry for each name of an image.</summary>
    public List<IndexEntry> Convert(byte[] manifest, CancellationToken cancellationToken)
    {
        var entries = new List<IndexEntry>();
        foreach (var image in Read(manifest))
        {
            var config = Find(image.Config);
            var diffs = ReadDiffIds(config, image.Config, cancellationToken);
            if (diffs.Count != image.Layers.Count) throw Invalid($"'{Digest.Shorten(image.Config)}' has {diffs.Count} layers, but {LayoutNames.DockerManifest} lists {image.Layers.Count}");
            var layers = new List<Descriptor>();
            for (var i = 0; i < diffs.Count; i++) layers.Add(Layer(image.Layers[i], diffs[i], cancellationToken));
            var target = _stage.Add(Make(new Descriptor(MediaTypes.ImageConfig, config.Descriptor.Digest, config.Descriptor.Size), layers), cancellationToken);
            Used.Add(target.Digest);
            entries.AddRange(image.Names.Count == 0 ? [Entry(target, null)] : image.Names.Select(n => Entry(target, ImageName.Shorten(n))));
        }

        return entries;
    }

    private StagedBlob Find(string path)
    {
        // A link may lead to another link. The limit ends cycles.
        var name = TarName.Normalize(path) ?? throw Invalid($"{LayoutNames.DockerManifest} names '{Digest.Shorten(path)}', which is outside of the archive");
        for (var steps = 0; steps < 8 && _scan.Links.TryGetValue(name, out var next); steps++) name = next;
        if (!_scan.Files.TryGetValue(name, out var file)) throw Invalid($"{LayoutNames.DockerManifest} names '{Digest.Shorten(path)}', which does not exist in the archive");
        Used.Add(file.Descriptor.Digest);
        return file;
    }

    private List<string> ReadDiffIds(StagedBlob config, string name, CancellationToken cancellationToken)
    {
        var stem = Path.GetFileNameWithoutExtension(name);
        if (Digest.TryFromFile(DigestAlgorithm.Sha256, stem, out var named) && named != config.Descriptor.Digest) throw ContentErrors.WrongDigest(named, config.Descriptor.Digest);
        if (_diffIds.TryGetValue(config.Descriptor.Digest, out var known)) return known; // many images may name one config
        try
        {
            using var document = JsonDocument.Parse(_stage.ReadAll(config.Descriptor.Digest, cancellationToken));
            List<string> result = document.RootElement.GetProperty("rootfs").GetProperty("diff_ids") is { ValueKind: JsonValueKind.Array } ids
                ? [.. ids.EnumerateArray().Select(i => i.GetString() ?? "")]
                : [];
            _diffIds.Add(config.Descriptor.Digest, result);
            return result;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw Invalid($"the config '{Digest.Shorten(name)}' cannot be read", e);
        }
    }

    private Descriptor Layer(string path, string diffId, CancellationToken cancellationToken)
    {
        var file = Find(path).Descriptor;
        if (!_layers.TryGetValue(file.Digest, out var known)) _layers.Add(file.Digest, known = ReadLayer(path, file, cancellationToken)); // many images may name one layer
        if (known.DiffId is not { } found || found.ToString() == diffId) return known.Layer;
        throw ArchiveErrors.WrongLayer(path, diffId, found);
    }

    // The digest of the uncompressed layer is null for zstd, which this library cannot decompress.
    private (Descriptor Layer, Digest? DiffId) ReadLayer(string path, Descriptor file, CancellationToken cancellationToken)
    {
        using var stream = _stage.Open(file.Digest);
        var start = ArchiveKind.ReadStart(stream, out var count);
        return ArchiveKind.CompressionOf(start, count) switch
        {
            null => (new Descriptor(MediaTypes.Layer, file.Digest, file.Size), file.Digest),
            "gzip" => (new Descriptor(MediaTypes.LayerGzip, file.Digest, file.Size), HashExpanded(file.Digest, cancellationToken)),
            "zstd" => (new Descriptor(MediaTypes.LayerZstd, file.Digest, file.Size), null),
            var other => throw ArchiveErrors.UnsupportedCompression(_archive, $"the layer '{Digest.Shorten(path)}'", other),
        };
    }

    private Digest HashExpanded(Digest layer, CancellationToken cancellationToken)
    {
        using var expanded = new GunzipStream(_stage.Open(layer));
        using var hashed = new HashingStream(expanded, DigestAlgorithm.Sha256);
        hashed.Drain(cancellationToken);
        return hashed.Finish();
    }

    private static byte[] Make(Descriptor config, List<Descriptor> layers) => Json.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteNumber("schemaVersion"u8, 2);
        writer.WriteString("mediaType"u8, MediaTypes.ImageManifest);
        writer.WritePropertyName("config"u8);
        DescriptorJson.Write(writer, config);
        writer.WriteStartArray("layers"u8);
        foreach (var layer in layers) DescriptorJson.Write(writer, layer);
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    // The tag is the short name (app:v1). The annotation has the full name that containerd uses, which includes the registry.
    private static IndexEntry Entry(Descriptor target, string? name)
    {
        if (name is null) return IndexEntry.Create(DescriptorJson.Write(target));
        var annotated = new Descriptor(target.MediaType, target.Digest, target.Size)
        {
            Annotations = new Dictionary<string, string> { [AnnotationKeys.ContainerdImageName] = ImageName.Expand(name) },
        };
        return IndexEntry.Create(DescriptorAnnotations.WithTag(DescriptorJson.Write(annotated), name));
    }

    private List<(string Config, List<string> Names, List<string> Layers)> Read(byte[] manifest)
    {
        try
        {
            using var document = JsonDocument.Parse(manifest);
            return [.. document.RootElement.EnumerateArray().Select(i => (i.GetProperty("Config").GetString() ?? "", Strings(i, "RepoTags"), Strings(i, "Layers")))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw Invalid($"its {LayoutNames.DockerManifest} cannot be read", e);
        }
    }

    private static List<string> Strings(JsonElement image, string member) =>
        image.TryGetProperty(member, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(s => s.GetString() ?? "")] : [];

    private OciException Invalid(string problem, Exception? cause = null) => ArchiveErrors.Invalid(_archive, problem, cause);
}
