using System.Formats.Tar;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace OciLayout.ModuleTests;

/// <summary>
/// A layout in <c>./hostile</c> with two indexes, <c>old</c> and <c>new</c>, of one image each. All settings, annotations, platforms and
/// names of files contain a given text.
/// </summary>
internal static class HostileImage
{
    private const string Index = "application/vnd.oci.image.index.v1+json";
    private const string Manifest = "application/vnd.oci.image.manifest.v1+json";

    /// <summary>Writes the layout.</summary>
    /// <param name="session">The session whose directory gets the layout.</param>
    /// <param name="text">The text. It contains no null, which the path of a file cannot have.</param>
    public static void Write(ModuleSession session, string text)
    {
        string root = session.Directory.NewDirectory("hostile");
        Directory.CreateDirectory(Path.Combine(root, "blobs", "sha256"));
        var entries = new JsonArray();
        foreach (string tag in (string[])["old", "new"])
        {
            JsonObject entry = Image(root, text, tag);
            entry["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = tag };
            entries.Add(entry);
        }

        File.WriteAllText(Path.Combine(root, "index.json"), new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = Index, ["manifests"] = entries }.ToJsonString());
        File.WriteAllText(Path.Combine(root, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
    }

    private static JsonObject Image(string root, string text, string value)
    {
        JsonObject layer = Blob(root, Layer(text, value), "application/vnd.oci.image.layer.v1.tar");
        var config = new JsonObject
        {
            ["os"] = "o" + text,
            ["architecture"] = "a" + text,
            ["author"] = value + text,
            ["x" + text] = value + text,
            ["config"] = new JsonObject
            {
                ["Entrypoint"] = new JsonArray(value + text),
                ["Cmd"] = new JsonArray(value + text),
                ["Env"] = new JsonArray("E" + text + "=" + value + text),
                ["Labels"] = new JsonObject { ["l" + text] = value + text },
                ["WorkingDir"] = "/" + value + text,
                ["User"] = value + text,
                ["ExposedPorts"] = new JsonObject { [value + text] = new JsonObject() },
                ["Volumes"] = new JsonObject { [value + text] = new JsonObject() },
                ["StopSignal"] = value + text,
            },
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray((string?)layer["digest"]) },
            ["history"] = new JsonArray(new JsonObject { ["created_by"] = value + text, ["comment"] = text, ["author"] = text }),
        };
        JsonObject image = Blob(root, Bytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = Manifest,
            ["config"] = Blob(root, Bytes(config), "application/vnd.oci.image.config.v1+json"),
            ["layers"] = new JsonArray(layer),
            ["annotations"] = new JsonObject { ["k" + text] = value + text },
        }), Manifest);
        image["platform"] = new JsonObject { ["os"] = "o" + text, ["architecture"] = "b" + text };
        return Blob(root, Bytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = Index,
            ["manifests"] = new JsonArray(image),
            ["annotations"] = new JsonObject { ["i" + text] = value + text },
        }), Index);
    }

    private static byte[] Layer(string text, string value)
    {
        var memory = new MemoryStream();
        using (var tar = new TarWriter(memory, TarEntryFormat.Pax, leaveOpen: true))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "f" + text) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(value)) });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "s" + text) { LinkName = value + text });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, value + text));
        }

        return memory.ToArray();
    }

    private static byte[] Bytes(JsonObject document) => Encoding.UTF8.GetBytes(document.ToJsonString());

    private static JsonObject Blob(string root, byte[] content, string mediaType)
    {
        string hash = System.Convert.ToHexStringLower(SHA256.HashData(content));
        File.WriteAllBytes(Path.Combine(root, "blobs", "sha256", hash), content);
        return new JsonObject { ["mediaType"] = mediaType, ["digest"] = "sha256:" + hash, ["size"] = content.Length };
    }
}
