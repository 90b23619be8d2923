using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;

namespace OciLayout.Tests;

/// <summary>Writes the JSON of manifests and indexes without the core.</summary>
internal static class TestDocument
{
    public static readonly byte[] EmptyObject = "{}"u8.ToArray();

    /// <summary>Returns the descriptor of content.</summary>
    public static Descriptor Describe(byte[] content, string mediaType = MediaTypes.OctetStream) => new(mediaType, Digest.Compute(content), content.Length);

    /// <summary>Returns a copy of a layer's descriptor with a URL to download it from (a foreign layer).</summary>
    public static Descriptor Foreign(Descriptor layer) => new(layer.MediaType, layer.Digest, layer.Size) { Urls = ["https://example.org/layer"] };

    /// <summary>Returns an image manifest, or a Docker manifest, depending on <paramref name="mediaType"/>.</summary>
    public static byte[] Image(
        Descriptor? config,
        IEnumerable<Descriptor> layers,
        Descriptor? subject = null,
        string? artifactType = null,
        IReadOnlyDictionary<string, string>? annotations = null,
        string mediaType = MediaTypes.ImageManifest)
    {
        var document = Begin(mediaType, artifactType);
        if (config is not null) document["config"] = Node(config);
        document["layers"] = Nodes(layers);
        return End(document, subject, annotations);
    }

    /// <summary>Returns an index, or a Docker manifest list, depending on <paramref name="mediaType"/>.</summary>
    public static byte[] Index(
        IEnumerable<Descriptor> manifests,
        Descriptor? subject = null,
        string? artifactType = null,
        IReadOnlyDictionary<string, string>? annotations = null,
        string mediaType = MediaTypes.ImageIndex)
    {
        var document = Begin(mediaType, artifactType);
        document["manifests"] = Nodes(manifests);
        return End(document, subject, annotations);
    }

    /// <summary>Returns an artifact manifest, a type that the core only reads.</summary>
    public static byte[] Artifact(IEnumerable<Descriptor> blobs, Descriptor? subject = null, string? artifactType = "application/x-test")
    {
        var document = Begin(MediaTypes.ArtifactManifest, artifactType);
        document.Remove("schemaVersion");
        document["blobs"] = Nodes(blobs);
        return End(document, subject, null);
    }

    /// <summary>Returns a descriptor as JSON.</summary>
    public static JsonObject Node(Descriptor descriptor)
    {
        var node = new JsonObject { ["mediaType"] = descriptor.MediaType, ["digest"] = descriptor.Digest.ToString(), ["size"] = descriptor.Size };
        if (descriptor.Urls.Count > 0) node["urls"] = new JsonArray([.. descriptor.Urls.Select(u => (JsonNode)u)]);
        if (descriptor.Annotations.Count > 0) node["annotations"] = Annotations(descriptor.Annotations);
        if (descriptor.Platform is { } platform)
            node["platform"] = new JsonObject { ["architecture"] = platform.Architecture, ["os"] = platform.OS };
        return node;
    }

    public static byte[] Bytes(JsonNode document) => Encoding.UTF8.GetBytes(document.ToJsonString());

    private static JsonObject Begin(string mediaType, string? artifactType)
    {
        var document = new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = mediaType };
        if (artifactType is not null) document["artifactType"] = artifactType;
        return document;
    }

    private static byte[] End(JsonObject document, Descriptor? subject, IReadOnlyDictionary<string, string>? annotations)
    {
        if (subject is not null) document["subject"] = Node(subject);
        if (annotations is not null) document["annotations"] = Annotations(annotations);
        return Bytes(document);
    }

    private static JsonArray Nodes(IEnumerable<Descriptor> descriptors) => [.. descriptors.Select(Node)];

    private static JsonObject Annotations(IReadOnlyDictionary<string, string> annotations) =>
        new(annotations.Select(a => new KeyValuePair<string, JsonNode?>(a.Key, a.Value)));
}
