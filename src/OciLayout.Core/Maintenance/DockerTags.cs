using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Layout;

namespace OciLayout.Maintenance;

/// <summary>
/// Reads tags from the <c>manifest.json</c> of a Docker archive: <c>[{"Config":"blobs/sha256/…","RepoTags":["name:tag"]}]</c>.
/// </summary>
internal static class DockerTags
{
    /// <summary>Returns the tags by the digest of the image's config. Returns none if the file cannot be read.</summary>
    public static ILookup<Digest, string> In(ILayout layout, long limit)
    {
        var result = new List<(Digest Config, string Tag)>();
        try
        {
            if (layout.Stat(LayoutNames.DockerManifest) is { Kind: FileKind.File, Length: > 0 } fact && fact.Length <= limit)
            {
                using var stream = layout.Open(LayoutNames.DockerManifest);
                using var document = JsonDocument.Parse(Model.Json.WithoutByteOrderMark(stream.ReadToEnd()), Model.Json.DocumentOptions);
                result.AddRange(Items(document.RootElement).SelectMany(TagsOf));
            }
        }
        catch (Exception e) when (Model.Json.Problem(e) is not null || e is IOException or UnauthorizedAccessException)
        {
            // Tags may also come from other places, so an unreadable file is not an error.
        }

        return result.ToLookup(t => t.Config, t => t.Tag);
    }

    private static IEnumerable<(Digest Config, string Tag)> TagsOf(JsonElement image)
    {
        if (image.ValueKind != JsonValueKind.Object || !image.TryGetProperty("Config", out var config) || !image.TryGetProperty("RepoTags", out var names)) return [];
        var path = TextOf(config).Split('/');
        if (path.Length < 2 || !Digest.TryParse(path[path.Length - 2] + ":" + path[path.Length - 1], out var digest)) return [];
        return Items(names).Select(n => (digest, TagOf(TextOf(n))));
    }

    private static List<JsonElement> Items(JsonElement element) => element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray()] : [];

    private static string TextOf(JsonElement element) => element.ValueKind == JsonValueKind.String ? element.GetString()! : "";

    private static string TagOf(string name)
    {
        var colon = name.LastIndexOf(':');
        return colon > name.LastIndexOf('/') ? name.Substring(colon + 1) : name;
    }
}
