using System;
using System.IO;
using System.Linq;
using System.Text;

namespace OciLayout.PowerShell;

/// <summary>
/// Reads a file that lists the content of another place: lines with a digest and optionally a tag; CSV or JSON with the properties Digest,
/// Tag, Size and MediaType; or the <c>index.json</c> of a store.
/// </summary>
internal sealed class ContentListFile
{
    /// <summary>The size limit for lists, in bytes: about three million lines.</summary>
    private const long SizeLimit = 256L << 20;

    private readonly string _path;
    private readonly ContentList _list = new();

    private ContentListFile(string path) => _path = path;

    /// <exception cref="OciArgumentException">The file is not a list of digests.</exception>
    public static ContentList Read(string path) => new ContentListFile(path).Read();

    private ContentList Read()
    {
        using var file = OciStore.OpenFile(_path);
        if (file.Length > SizeLimit) throw Invalid($"it has {file.Length} bytes, and the limit is {SizeLimit} bytes");
        using var reader = new StreamReader(file, Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
        while (char.IsWhiteSpace((char)Math.Max(0, reader.Peek()))) reader.Read();
        if ((char)Math.Max(0, reader.Peek()) is '{' or '[') return ReadJson(file);
        ReadText(reader);
        return _list;
    }

    private ContentList ReadJson(Stream file)
    {
        file.Position = 0;
        try
        {
            return ContentList.ReadJson(file);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.InvalidDigest)
        {
            throw Invalid(e.Actual ?? e.Message, e);
        }
    }

    // Reads line by line, so that memory is needed for the notes only. The first line that is not a comment decides what the lines are.
    private void ReadText(TextReader reader)
    {
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            var header = Csv.Rows(new StringReader(line)).FirstOrDefault();
            if (header is null || IsRemark(header)) continue;
            if (Column(header, "Digest") >= 0) ReadCsv(reader, header);
            else ReadLines(reader, line, number);
            return;
        }
    }

    private void ReadLines(TextReader reader, string? line, int number)
    {
        for (; line is not null; line = reader.ReadLine(), number++)
        {
            var words = line.Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0][0] == '#') continue;
            var digest = Array.FindIndex(words, w => Digest.TryParse(w, out _));
            if (digest < 0 || words.Length > 2) throw Invalid($"its line {number} is not a digest, or a tag and a digest");
            _list.Add(new ContentNote(Digest.Parse(words[digest]), words.Length == 2 ? words[1 - digest] : null));
        }
    }

    private void ReadCsv(TextReader reader, string[] header)
    {
        var (digest, tag, size, type) = (Column(header, "Digest"), Column(header, "Tag"), Column(header, "Size"), Column(header, "MediaType"));
        var number = 1;
        foreach (var row in Csv.Rows(reader))
        {
            if (IsRemark(row)) continue;
            number++;
            string? Cell(int column) => column >= 0 && column < row.Length && row[column].Length > 0 ? row[column] : null;
            if (!Digest.TryParse(Cell(digest), out var content)) throw Invalid($"its row {number} has no valid digest");
            _list.Add(new ContentNote(content, Cell(tag), long.TryParse(Cell(size), out var bytes) ? bytes : null, Cell(type)));
        }
    }

    private static int Column(string[] header, string name) => Array.FindIndex(header, c => string.Equals(c, name, StringComparison.OrdinalIgnoreCase));

    // Windows PowerShell's Export-Csv writes the type in the first line, after a #.
    private static bool IsRemark(string[] row) => row.All(c => c.Length == 0) || row[0] is ['#', ..];

    private OciArgumentException Invalid(string problem, Exception? cause = null) => new(
        "InvalidList",
        $"'{_path}' is not a list of digests: {problem}.",
        "Create a list with (Get-OciTag ./layout).Digest > ./list.txt, or with Get-OciTag ./layout | Export-Csv ./list.csv.",
        cause);
}
