using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Graph;
using OciLayout.Index;
using OciLayout.Layout;
using OciLayout.Model;

namespace OciLayout.Transfer;

/// <summary>
/// Chooses the images of a layout that <c>docker load</c> can read, and writes the <c>manifest.json</c> that names their blobs by path.
/// Docker refuses an archive that contains an invalid name, so invalid names are left out.
/// </summary>
internal sealed class DockerImages
{
    private const string AttestationAnnotation = "vnd.docker.reference.type";
    private const string AttestationLayer = "application/vnd.in-toto+json";

    private readonly ReachableSet _graph;
    private readonly Func<NodeKey, IReadOnlyList<Descriptor>> _members;
    private readonly Func<Digest, bool> _isStored;
    private readonly List<DockerImage> _images = [];
    private readonly List<string> _omitted = [];

    private DockerImages(ReachableSet graph, Func<NodeKey, IReadOnlyList<Descriptor>> members, Func<Digest, bool> isStored)
    {
        _graph = graph;
        _members = members;
        _isStored = isStored;
    }

    /// <summary>The images, in the order of the index.</summary>
    public IReadOnlyList<DockerImage> Images => _images;

    /// <summary>The tags of images whose names Docker does not accept.</summary>
    public IReadOnlyList<string> Omitted => _omitted;

    /// <summary>Chooses the tagged images. From an index it takes the first image that is stored.</summary>
    /// <param name="entries">The entries of the index.</param>
    /// <param name="graph">The nodes below the entries.</param>
    /// <param name="members">Reads the members of an index.</param>
    /// <param name="isStored">Whether content is stored.</param>
    /// <param name="repository">The repository of tags that do not name one.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>: no entry is a tagged image.</exception>
    public static DockerImages Of(
        IReadOnlyList<IndexEntry> entries, ReachableSet graph, Func<NodeKey, IReadOnlyList<Descriptor>> members, Func<Digest, bool> isStored, string repository)
    {
        var result = new DockerImages(graph, members, isStored);
        var named = entries.Where(e => e.IsNamed && !e.NamesItself && e.Problem is null).Select(e => (Entry: e, Name: NameOf(e, repository))).ToList();

        // When several entries have one name, the entry whose tag is that name gets it, otherwise the last entry.
        var owners = new Dictionary<string, IndexEntry>(StringComparer.Ordinal);
        foreach (var (entry, name) in named.OrderBy(n => n.Entry.Tag == n.Name)) owners[name] = entry;
        foreach (var (entry, name) in named) result.Add(entry, owners[name].Digest == entry.Digest && ImageName.IsValid(name) ? name : null);
        return result._images.Count > 0 ? result : throw ArchiveErrors.NoDockerImage(LayoutNames.DockerManifest);
    }

    private void Add(IndexEntry entry, string? name)
    {
        if (FindImage(entry) is not { } node) return;
        if (name is null) _omitted.Add(entry.Name!);
        var config = node.Edges.First(e => e.Role == DescriptorRole.Config).Digest;
        var known = _images.Find(i => i.Config == config);
        if (known is null) _images.Add(known = new DockerImage(config, [.. node.Edges.Where(e => e.Role == DescriptorRole.Layer).Select(e => e.Digest)], []));
        if (name is not null && !known.Names.Contains(name)) known.Names.Add(name);
    }

    /// <summary>Writes <c>manifest.json</c>.</summary>
    public byte[] Write() => Json.Write(writer =>
    {
        writer.WriteStartArray();
        foreach (var image in _images)
        {
            writer.WriteStartObject();
            writer.WriteString("Config"u8, LayoutNames.Blob(image.Config));
            writer.WriteStartArray("RepoTags"u8);
            foreach (var name in image.Names) writer.WriteStringValue(name);
            writer.WriteEndArray();
            writer.WriteStartArray("Layers"u8);
            foreach (var layer in image.Layers) writer.WriteStringValue(LayoutNames.Blob(layer));
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private ManifestNode? FindImage(IndexEntry entry)
    {
        var seen = new HashSet<NodeKey>();
        var queue = new Queue<Descriptor>([entry.Describe()]);
        while (queue.Count > 0)
        {
            var next = queue.Dequeue();
            var key = NodeKey.Of(next);
            if (IsAttestation(next) || !seen.Add(key) || !_graph.TryGet(key, out var node)) continue;
            if (IsImage(node)) return node;
            if (node.Edges.Any(e => e.Role == DescriptorRole.Manifest)) foreach (var member in _members(key)) queue.Enqueue(member);
        }

        return null;
    }

    private bool IsImage(ManifestNode node) =>
        node.Edges.Any(e => e.Role == DescriptorRole.Config && MediaTypes.IsImageConfig(e.MediaType))
        && node.Edges.Where(e => e.Role is DescriptorRole.Config or DescriptorRole.Layer).All(e => e.MediaType != AttestationLayer && _isStored(e.Digest));

    // BuildKit lists attestations in the same index as the images, with an unknown platform.
    private static bool IsAttestation(Descriptor descriptor) =>
        descriptor.Annotations.ContainsKey(AttestationAnnotation) || descriptor.Platform is { OS: "unknown" } or { Architecture: "unknown" };

    // A tag that includes a repository is the name. For a bare tag, the annotation of containerd may have the complete name.
    private static string NameOf(IndexEntry entry, string repository) =>
        ImageName.IsValid(entry.Name!) ? entry.Name! : entry.ImageName is { } name && ImageName.IsValid(name) ? name : IsBare(entry.Name!) ? repository + ":" + entry.Name : entry.Name!;

    private static bool IsBare(string name) => name.IndexOfAny([':', '/']) < 0;
}
