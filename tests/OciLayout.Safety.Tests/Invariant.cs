using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text.Json;
using Xunit;

namespace OciLayout.Safety;

/// <summary>
/// Checks the rules that every layout must follow after any fault. It reads the layout with the framework only, not with the tested core.
/// </summary>
internal static class Invariant
{
    /// <summary>Checks that the layout can be read, its tags are the acknowledged ones and their content is complete and correct.</summary>
    /// <param name="root">The path of the layout.</param>
    /// <param name="tags">The tags that were acknowledged and not removed, with their digests; null to expect none.</param>
    public static void Check(string root, IReadOnlyDictionary<string, string>? tags = null)
    {
        IReadOnlyDictionary<string, string> found = Tags(root);
        foreach ((string tag, string digest) in tags ?? new Dictionary<string, string>())
            Assert.True(found.GetValueOrDefault(tag) == digest, $"The tag '{tag}' was acknowledged for {digest}; the index has {found.GetValueOrDefault(tag) ?? "nothing"}.");

        foreach ((string tag, string digest) in found) CheckContent(root, digest, $"tag '{tag}'", []);
        CheckNames(root);
    }

    /// <summary>Returns the tags of index.json. Of several entries with the same tag, the last one wins.</summary>
    public static IReadOnlyDictionary<string, string> Tags(string root)
    {
        using JsonDocument layout = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, "oci-layout")));
        Assert.Equal("1.0.0", layout.RootElement.GetProperty("imageLayoutVersion").GetString());
        using JsonDocument index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, "index.json")));
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonElement entry in index.RootElement.GetProperty("manifests").EnumerateArray())
        {
            if (entry.TryGetProperty("annotations", out JsonElement annotations) && annotations.TryGetProperty("org.opencontainers.image.ref.name", out JsonElement name))
                tags[name.GetString()!] = entry.GetProperty("digest").GetString()!;
        }

        return tags;
    }

    /// <summary>Returns the digests of all entries of index.json, tagged or not, in file order.</summary>
    public static IReadOnlyList<string> Entries(string root)
    {
        using JsonDocument index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, "index.json")));
        return [.. index.RootElement.GetProperty("manifests").EnumerateArray().Select(e => e.GetProperty("digest").GetString()!)];
    }

    /// <summary>Checks that content exists and has its digest, and so does all content that is reachable from it.</summary>
    public static void CheckContent(string root, string digest, string why, HashSet<string> seen)
    {
        if (!seen.Add(digest)) return;
        string file = BlobPath(root, digest);
        Assert.True(File.Exists(file), $"{digest} is gone; {why} needs it.");
        byte[] bytes = File.ReadAllBytes(file);
        Assert.True(DigestOf(digest, bytes) == digest, $"The content of {digest} is not its own; {why} needs it.");
        if (bytes.Length == 0 || bytes[0] != (byte)'{' || bytes.Length > 4 << 20) return;
        JsonDocument manifest;
        try
        {
            manifest = JsonDocument.Parse(bytes);
        }
        catch (JsonException)
        {
            return;
        }

        using (manifest)
        {
            foreach (JsonElement child in Children(manifest.RootElement)) CheckContent(root, child.GetProperty("digest").GetString()!, $"{why} through {digest}", seen);
        }
    }

    /// <summary>Checks that each file in blobs/sha256 has the digest of its name.</summary>
    public static void CheckNames(string root)
    {
        string blobs = Path.Combine(root, "blobs", "sha256");
        if (!Directory.Exists(blobs)) return;
        foreach (string file in Directory.EnumerateFiles(blobs))
        {
            using FileStream content = File.OpenRead(file);
            Assert.True(Convert.ToHexStringLower(SHA256.HashData(content)) == Path.GetFileName(file), $"'{file}' does not have the content of its name.");
        }
    }

    private static string DigestOf(string like, byte[] bytes) => like.StartsWith("sha512:", StringComparison.Ordinal)
        ? "sha512:" + Convert.ToHexStringLower(SHA512.HashData(bytes))
        : "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Returns the path of a blob.</summary>
    public static string BlobPath(string root, string digest) => Path.Combine(root, "blobs", digest.Replace(':', Path.DirectorySeparatorChar));

    private static IEnumerable<JsonElement> Children(JsonElement manifest)
    {
        foreach (string name in (string[])["subject", "config"])
        {
            if (manifest.TryGetProperty(name, out JsonElement one) && one.ValueKind == JsonValueKind.Object) yield return one;
        }

        foreach (string name in (string[])["layers", "manifests", "blobs"])
        {
            if (!manifest.TryGetProperty(name, out JsonElement many) || many.ValueKind != JsonValueKind.Array) continue;
            foreach (JsonElement child in many.EnumerateArray()) yield return child;
        }
    }
}
