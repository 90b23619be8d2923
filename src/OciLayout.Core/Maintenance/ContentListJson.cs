using System;
using System.IO;
using System.Text;
using System.Text.Json;
using OciLayout.Model;

namespace OciLayout.Maintenance;

/// <summary>
/// Reads a content list from JSON: an array of digests or of objects with the members Digest, Tag, Size and MediaType, one such object, or
/// the <c>index.json</c> of a layout. The case of member names does not matter.
/// </summary>
internal static class ContentListJson
{
    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Reads a list from a stream that can seek, in UTF-8 or in UTF-16 with a byte order mark.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidDigest"/>: the text is not such a list.</exception>
    public static ContentList Read(Stream json)
    {
        var list = new ContentList();
        try
        {
            using var document = Parse(json);
            var items = Member(document.RootElement, "Manifests") is { ValueKind: JsonValueKind.Array } manifests ? manifests : document.RootElement;
            if (items.ValueKind != JsonValueKind.Array)
            {
                list.Add(Note(items, 1));
                return list;
            }

            var number = 0;
            foreach (var item in items.EnumerateArray()) list.Add(Note(item, ++number));
            return list;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            // Text that is not valid Unicode fails only when it is read (InvalidOperationException) or converted (ArgumentException).
            throw ContentErrors.NotAList("its JSON cannot be read: " + Digest.Shorten(e.Message).TrimEnd('.'), e);
        }
    }

    // Parses UTF-8 from the stream, because text in memory takes twice as much.
    private static JsonDocument Parse(Stream json)
    {
        using var reader = new StreamReader(json, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, 1024, leaveOpen: true);
        reader.Peek();
        if (reader.CurrentEncoding is not UTF8Encoding) return JsonDocument.Parse(reader.ReadToEnd(), Options);
        json.Position = 0;
        return JsonDocument.Parse(json, Options);
    }

    private static ContentNote Note(JsonElement item, int number)
    {
        var digest = item.ValueKind == JsonValueKind.String ? item : Member(item, "Digest") ?? default;
        // A serialized Digest is an object of its parts.
        var text = Text(digest) ?? (Text(Member(digest, "Algorithm")) is { } algorithm ? algorithm + ":" + Text(Member(digest, "Encoded")) : null);
        if (!Digest.TryParse(text, out var content)) throw ContentErrors.NotAList($"its item {number} has no valid digest");
        var annotations = Member(item, "Annotations") ?? default;
        var size = Member(item, "Size") is { ValueKind: JsonValueKind.Number } bytes && bytes.TryGetInt64(out var length) ? length : (long?)null;
        return new ContentNote(content, Text(Member(item, "Tag")) ?? Text(Member(annotations, AnnotationKeys.RefName)), size, Text(Member(item, "MediaType")));
    }

    private static JsonElement? Member(JsonElement? item, string name)
    {
        if (item is not { ValueKind: JsonValueKind.Object } found) return null;
        foreach (var property in found.EnumerateObject())
        {
            if (string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase)) return property.Value;
        }

        return null;
    }

    private static string? Text(JsonElement? value) => value is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } found ? found : null;
}
