using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace OciLayout.ModuleTests;

/// <summary>
/// A layout in <c>./hostile</c> that another tool wrote. Tags, annotations, titles, media types and platforms contain a given text. The tag
/// <c>multi</c> is an index with one image; an artifact is attached to it.
/// </summary>
internal static class HostileLayout
{
    private const string Index = "application/vnd.oci.image.index.v1+json";
    private const string Manifest = "application/vnd.oci.image.manifest.v1+json";

    /// <summary>Writes the layout.</summary>
    /// <param name="session">The session whose directory gets the layout.</param>
    /// <param name="texts">The texts. Each is a tag; the first one is used in all other places, too.</param>
    public static void Write(ModuleSession session, params string[] texts)
    {
        string root = session.Directory.NewDirectory("hostile");
        Directory.CreateDirectory(Path.Combine(root, "blobs", "sha256"));
        string text = texts[0];

        JsonObject layer = Blob(root, "x"u8.ToArray(), "application/x-" + text);
        layer["annotations"] = new JsonObject { ["org.opencontainers.image.title"] = "f" + text };
        JsonObject image = Document(root, Manifest, new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = Manifest,
            ["artifactType"] = "application/x-" + text,
            ["config"] = Blob(root, "{}"u8.ToArray(), "application/x-c" + text),
            ["layers"] = new JsonArray(layer),
            ["annotations"] = new JsonObject { ["k" + text] = "v" + text },
        });
        image["platform"] = new JsonObject { ["os"] = "o" + text, ["architecture"] = "a" + text };
        JsonObject multi = Document(root, Index, new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = Index, ["manifests"] = new JsonArray(image) });
        JsonObject attached = Document(root, Manifest, new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = Manifest,
            ["artifactType"] = "application/y-" + text,
            ["config"] = Blob(root, "{}"u8.ToArray(), "application/vnd.oci.empty.v1+json"),
            ["layers"] = new JsonArray(),
            ["subject"] = multi.DeepClone(),
        });
        attached["artifactType"] = "application/y-" + text;

        IEnumerable<JsonNode> tagged = texts.Prepend("multi").Select(tag =>
        {
            JsonNode entry = multi.DeepClone();
            entry["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = tag, ["k" + text] = "v" + text };
            return entry;
        });
        var index = new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = Index, ["manifests"] = new JsonArray([.. tagged, attached]) };
        File.WriteAllText(Path.Combine(root, "index.json"), index.ToJsonString());
        File.WriteAllText(Path.Combine(root, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
    }

    private static JsonObject Document(string root, string mediaType, JsonObject document) =>
        Blob(root, System.Text.Encoding.UTF8.GetBytes(document.ToJsonString()), mediaType);

    private static JsonObject Blob(string root, byte[] content, string mediaType)
    {
        string hash = System.Convert.ToHexStringLower(SHA256.HashData(content));
        File.WriteAllBytes(Path.Combine(root, "blobs", "sha256", hash), content);
        return new JsonObject { ["mediaType"] = mediaType, ["digest"] = "sha256:" + hash, ["size"] = content.Length };
    }
}
