using System.IO;
using System.Linq;
using System.Text;
using OciLayout.Model;

namespace OciLayout.Tests;

/// <summary>Creates small content.</summary>
internal static class Sample
{
    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static Descriptor Describe(string mediaType, byte[] content) => new(mediaType, Digest.Compute(content), content.Length);

    /// <summary>Returns an image manifest that is unique for its name.</summary>
    public static byte[] Manifest(string name, Descriptor config, params Descriptor[] layers) => Bytes(
        $$"""
        {"schemaVersion":2,"mediaType":"{{MediaTypes.ImageManifest}}","config":{{Json(config)}},
         "layers":[{{string.Join(",", layers.Select(Json))}}],"annotations":{"name":"{{name}}" } }
        """);

    public static string Json(Descriptor descriptor) => Encoding.UTF8.GetString(DescriptorJson.Write(descriptor));

    /// <summary>Returns an entry of an index, with or without a tag.</summary>
    public static string Entry(Descriptor descriptor, string? tag = null) =>
        Encoding.UTF8.GetString(DescriptorAnnotations.WithTag(DescriptorJson.Write(descriptor), tag));

    public static string Index(params string[] entries) =>
        $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageIndex}}","manifests":[{{string.Join(",", entries)}}]}""";

    public static Descriptor PushBlob(this OciStore store, string text, string mediaType = "text/plain") =>
        store.Push(new PushRequest { MediaType = mediaType }, new MemoryStream(Bytes(text))).Descriptor;

    /// <summary>Pushes a config, a layer and the manifest that points at both.</summary>
    public static Descriptor PushImage(this OciStore store, string name)
    {
        var config = store.PushBlob("{}", MediaTypes.Empty);
        var layer = store.PushBlob("layer of " + name);
        var manifest = Manifest(name, config, layer);
        return store.Push(new PushRequest { MediaType = MediaTypes.ImageManifest }, new MemoryStream(manifest)).Descriptor;
    }

    public static byte[] Read(this OciStore store, Descriptor descriptor)
    {
        using var stream = store.Fetch(descriptor);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    /// <summary>Returns the names of all tags in the order of the listing.</summary>
    public static string[] TagNames(this OciStore store, string? after = null) => [.. store.GetTags(after).Select(t => t.Tag!)];

    /// <summary>Returns each entry of the index as <c>tag=digest</c>, in the order of the file.</summary>
    public static string[] EntryNames(this OciStore store) => [.. store.GetEntries().Select(e => $"{e.Tag}={e.Descriptor?.Digest}")];
}
