using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace OciLayout.Maintenance;

/// <summary>
/// Reads a list that somebody saved: lines with a digest and perhaps a tag; CSV or JSON with the properties Digest, Tag, Size and MediaType;
/// or the <c>index.json</c> of the place itself.
/// </summary>
internal static class ContentListText
{
    /// <summary>A million lines fit.</summary>
    private const long SizeLimit = 256L << 20;

    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidDigest"/>: it is no such list.</exception>
    public static ContentList Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length > SizeLimit) throw Invalid($"it has {file.Length} bytes; a list of more than {SizeLimit} is not read");
        using var reader = new StreamReader(file, Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
        return Parse(reader.ReadToEnd());
    }

    public static ContentList Parse(string text)
    {
        var list = new ContentList();
        if (text.TrimStart() is { Length: > 0 } json && json[0] is '{' or '[') ReadJson(text, list);
        else if (Csv.Rows(text).FirstOrDefault(r => !IsRemark(r)) is { } header && header.Any(c => Same(c, "Digest"))) ReadCsv(text, header, list);
        else ReadLines(text, list);
        return list;
    }

    private static void ReadLines(string text, ContentList list)
    {
        using var reader = new StringReader(text);
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            var words = line.Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0][0] == '#') continue;
            var digest = Array.FindIndex(words, w => Digest.TryParse(w, out _));
            if (digest < 0 || words.Length > 2) throw Invalid($"its line {number} is no digest, nor a tag and a digest");
            list.Add(new ContentNote(Digest.Parse(words[digest]), words.Length == 2 ? words[1 - digest] : null));
        }
    }

    private static void ReadCsv(string text, string[] header, ContentList list)
    {
        int Column(string name) => Array.FindIndex(header, c => Same(c, name));
        var (digest, tag, size, type) = (Column("Digest"), Column("Tag"), Column("Size"), Column("MediaType"));
        var number = 0;
        foreach (var row in Csv.Rows(text))
        {
            if (IsRemark(row) || number++ == 0) continue;
            string? Cell(int column) => column >= 0 && column < row.Length && row[column].Length > 0 ? row[column] : null;
            if (!Digest.TryParse(Cell(digest), out var content)) throw Invalid($"its row {number} has no valid digest");
            list.Add(new ContentNote(content, Cell(tag), long.TryParse(Cell(size), out var bytes) ? bytes : null, Cell(type)));
        }
    }

    // Export-Csv of Windows PowerShell writes the type first, behind a #.
    private static bool IsRemark(string[] row) => row.All(c => c.Length == 0) || row[0] is ['#', ..];

    private static void ReadJson(string text, ContentList list)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            var items = Member(document.RootElement, "Manifests") is { ValueKind: JsonValueKind.Array } manifests ? manifests : document.RootElement;
            if (items.ValueKind != JsonValueKind.Array)
            {
                list.Add(Note(items, 1));
                return;
            }

            var number = 0;
            foreach (var item in items.EnumerateArray()) list.Add(Note(item, ++number));
        }
        catch (JsonException e)
        {
            throw Invalid("as JSON it cannot be read: " + Digest.Shorten(e.Message).TrimEnd('.'), e);
        }
    }

    private static ContentNote Note(JsonElement item, int number)
    {
        var digest = item.ValueKind == JsonValueKind.String ? item : Member(item, "Digest") ?? default;
        // ConvertTo-Json writes a digest as an object of its parts.
        var text = Text(digest) ?? (Text(Member(digest, "Algorithm")) is { } algorithm ? algorithm + ":" + Text(Member(digest, "Encoded")) : null);
        if (!Digest.TryParse(text, out var content)) throw Invalid($"its item {number} has no valid digest");
        var annotations = Member(item, "Annotations") ?? default;
        var size = Member(item, "Size") is { ValueKind: JsonValueKind.Number } bytes && bytes.TryGetInt64(out var length) ? length : (long?)null;
        return new ContentNote(content, Text(Member(item, "Tag")) ?? Text(Member(annotations, AnnotationKeys.RefName)), size, Text(Member(item, "MediaType")));
    }

    private static JsonElement? Member(JsonElement? item, string name)
    {
        if (item is not { ValueKind: JsonValueKind.Object } found) return null;
        foreach (var property in found.EnumerateObject())
        {
            if (Same(property.Name, name)) return property.Value;
        }

        return null;
    }

    private static string? Text(JsonElement? value) => value is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } found ? found : null;

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    private static OciException Invalid(string problem, Exception? cause = null) =>
        new(OciErrorKind.InvalidDigest, $"This is no list of digests: {problem}.", null, cause)
        {
            Expected = "a digest a line, with a tag perhaps; or CSV or JSON with the properties Digest and Tag",
        };
}
