using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Graph;
using OciLayout.Storage;

namespace OciLayout.Transfer;

/// <summary>An image as <c>manifest.json</c> of <c>docker save</c> lists it.</summary>
internal sealed record DockerImage(Digest Config, IReadOnlyList<Digest> Layers, List<string> Names);

/// <summary>Writes the <c>manifest.json</c> that makes a layout one that <c>docker load</c> takes: it names blobs by their paths.</summary>
internal static class DockerImages
{
    /// <summary>A bare tag names no repository, and Docker takes no name without one. This one is pushed nowhere by a slip of the hand.</summary>
    private const string Repository = "localhost/layout:";

    /// <summary>The tagged images; of an index the first platform that is there.</summary>
    public static IReadOnlyList<DockerImage> Of(IEnumerable<IndexEntry> entries, GraphSnapshot graph)
    {
        var images = new List<DockerImage>();
        foreach (var entry in entries.Where(e => e.IsNamed && !e.NamesItself))
        {
            if (FindImage(new NodeKey(entry.Digest, MediaTypes.KindOf(entry.MediaType)), graph) is not { } node) continue;
            var config = node.Edges.First(e => e.Role == DescriptorRole.Config).Digest;
            var known = images.Find(i => i.Config == config);
            if (known is null) images.Add(known = new DockerImage(config, [.. node.Edges.Where(e => e.Role == DescriptorRole.Layer).Select(e => e.Digest)], []));
            if (NameOf(entry) is var name && !known.Names.Contains(name)) known.Names.Add(name);
        }

        return images.Count > 0 ? images : throw new OciException(
            OciErrorKind.UnsupportedMediaType,
            "Nothing that is exported is a tagged image, so there is nothing that docker load could take.",
            "manifest.json");
    }

    public static byte[] Write(IReadOnlyList<DockerImage> images) => Json.Write(writer =>
    {
        writer.WriteStartArray();
        foreach (var image in images)
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

    private static GraphNode? FindImage(NodeKey key, GraphSnapshot graph)
    {
        var seen = new HashSet<NodeKey>();
        var queue = new Queue<NodeKey>([key]);
        while (queue.Count > 0)
        {
            var next = queue.Dequeue();
            if (!seen.Add(next) || !graph.TryGet(next, out var node)) continue;
            if (node.Edges.Any(e => e.Role == DescriptorRole.Config && DockerConfig.IsType(e.MediaType))) return node;
            foreach (var edge in node.Edges.Where(e => e.Role == DescriptorRole.Manifest)) queue.Enqueue(edge.Target);
        }

        return null;
    }

    private static string NameOf(IndexEntry entry)
    {
        var annotations = entry.Describe().Annotations;
        if (annotations.TryGetValue(AnnotationKeys.ContainerdImageName, out var name) && IsFull(name)) return name;
        return IsFull(entry.Name!) ? entry.Name! : Repository + entry.Name;
    }

    // repository:tag, where a colon before the last slash belongs to a port.
    private static bool IsFull(string name) => name.IndexOf(':', Math.Max(0, name.LastIndexOf('/'))) > 0;
}

/// <summary>The configs of images, as opposed to those of artifacts.</summary>
internal static class DockerConfig
{
    public const string OciType = "application/vnd.oci.image.config.v1+json";

    public static bool IsType(string mediaType) => mediaType is OciType or "application/vnd.docker.container.image.v1+json";
}
