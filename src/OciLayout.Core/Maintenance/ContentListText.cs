using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using OciLayout.Files;

namespace OciLayout.Maintenance;

/// <summary>
/// Reads a saved content list: lines with a digest and optionally a tag; CSV or JSON with the properties Digest, Tag, Size and MediaType;
/// or the <c>index.json</c> of a store.
/// </summary>
internal static class ContentListText
{
    /// <summary>The size limit for lists, in bytes: about three million lines.</summary>
    private const long SizeLimit = 256L << 20;

    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidDigest"/>: the file is not such a list.</exception>
    public static ContentList Read(string path)
    {
        using var file = PhysicalFileSystem.Instance.OpenRead(path);
        if (file.Length > SizeLimit) throw Invalid($"it has {file.Length} bytes; a list of more than {SizeLimit} is not read");
        return Read(file);
    }

    /// <summary>Reads a list from a stream that can seek.</summary>
    public static ContentList Read(Stream file)
    {
        var list = new ContentList();
        using var reader = new StreamReader(file, Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
        while (char.IsWhiteSpace((char)Math.Max(0, reader.Peek()))) reader.Read();
        if ((char)Math.Max(0, reader.Peek()) is '{' or '[') ReadJson(file, reader, list);
        else ReadText(reader, list);
        return list;
    }

    // Reads line by line, so that memory is needed for the notes only. The first line that is not a comment decides what the lines are.
    private static void ReadText(TextReader reader, ContentList list)
    {
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            var header = Csv.Rows(new StringReader(line)).FirstOrDefault();
            if (header is null || IsRemark(header)) continue;
            if (header.Any(c => Same(c, "Digest"))) ReadCsv(reader, header, list);
            else ReadLines(reader, line, number, list);
            return;
        }
    }

    private static void ReadLines(TextReader reader, string? line, int number, ContentList list)
    {
        for (; line is not null; line = reader.ReadLine(), number++)
        {
            var words = line.Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0][0] == '#') continue;
            var digest = Array.FindIndex(words, w => Digest.TryParse(w, out _));
            if (digest < 0 || words.Length > 2) throw Invalid($"its line {number} is not a digest, or a tag and a digest");
            list.Add(new ContentNote(Digest.Parse(words[digest]), words.Length == 2 ? words[1 - digest] : null));
        }
    }

    private static void ReadCsv(TextReader reader, string[] header, ContentList list)
    {
        int Column(string name) => Array.FindIndex(header, c => Same(c, name));
        var (digest, tag, size, type) = (Column("Digest"), Column("Tag"), Column("Size"), Column("MediaType"));
        var number = 1;
        foreach (var row in Csv.Rows(reader))
        {
            if (IsRemark(row)) continue;
            number++;
            string? Cell(int column) => column >= 0 && column < row.Length && row[column].Length > 0 ? row[column] : null;
            if (!Digest.TryParse(Cell(digest), out var content)) throw Invalid($"its row {number} has no valid digest");
            list.Add(new ContentNote(content, Cell(tag), long.TryParse(Cell(size), out var bytes) ? bytes : null, Cell(type)));
        }
    }

    // Windows PowerShell's Export-Csv writes the type in the first line, after a #.
    private static bool IsRemark(string[] row) => row.All(c => c.Length == 0) || row[0] is ['#', ..];

    private static void ReadJson(Stream file, StreamReader reader, ContentList list)
    {
        try
        {
            using var document = Parse(file, reader, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            var items = Member(document.RootElement, "Manifests") is { ValueKind: JsonValueKind.Array } manifests ? manifests : document.RootElement;
            if (items.ValueKind != JsonValueKind.Array)
            {
                list.Add(Note(items, 1));
                return;
            }

            var number = 0;
            foreach (var item in items.EnumerateArray()) list.Add(Note(item, ++number));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            // Text that is not valid Unicode fails only when it is read (InvalidOperationException) or converted (ArgumentException).
            throw Invalid("its JSON cannot be read: " + Digest.Shorten(e.Message).TrimEnd('.'), e);
        }
    }

    // Parses UTF-8 from the stream, because text in memory takes twice as much.
    private static JsonDocument Parse(Stream file, StreamReader reader, JsonDocumentOptions options)
    {
        if (reader.CurrentEncoding is not UTF8Encoding) return JsonDocument.Parse(reader.ReadToEnd(), options);
        file.Position = 0;
        return JsonDocument.Parse(file, options);
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
        new(OciErrorKind.InvalidDigest, $"This is not a list of digests: {problem}.", null, cause)
        {
            Expected = "a digest a line, with a tag perhaps; or CSV or JSON with the properties Digest and Tag",
        };
}
