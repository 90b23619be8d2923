using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using OciLayout.Files;

namespace OciLayout.Sessions;

/// <summary>
/// The file in which a session lists its claims for other processes. A line <c>+digest mediaType</c> adds a claim, a line <c>-digest</c>
/// releases it; the last line about a digest counts. Lines are appended, so a killed process leaves a valid file. Not thread-safe.
/// </summary>
internal sealed class ClaimsFile : IDisposable
{
    /// <summary>The length, in bytes, from which the file is rewritten without released claims.</summary>
    private const int RewriteLength = 1 << 16;

    /// <summary>The maximum length of a line that is read. A digest and a shortened media type are much shorter.</summary>
    private const int LongestLine = 1024;

    private readonly Stream _file;

    // The file begins with this number of bytes of complete lines.
    private long _length;

    // False only if nothing follows these lines. Otherwise an incomplete line may follow them.
    private bool _isTorn;

    private ClaimsFile(Stream file) => _file = file;

    /// <summary>Creates the file, which must not exist.</summary>
    public static ClaimsFile Create(IFileWriter files, string path) => new(files.Create(path, FilePurpose.Plain));

    /// <summary>Appends claims. Other processes read them after this method returns.</summary>
    public void Add(IEnumerable<Claim> claims)
    {
        var lines = new StringBuilder();
        foreach (var claim in claims) AppendLine(lines, claim.Digest, claim.MediaType);
        Append(lines);
    }

    /// <summary>Releases claims.</summary>
    public void Release(IEnumerable<Digest> digests)
    {
        var lines = new StringBuilder();
        foreach (var digest in digests) lines.Append('-').Append(digest).Append('\n');
        Append(lines);
    }

    /// <summary>
    /// Rewrites the file when most of it is released claims. No process reads it now, because the caller holds the store lock. If an error
    /// interrupts this, the last line about each digest is still correct.
    /// </summary>
    /// <param name="claims">All claims that are not released, with their media types.</param>
    public void Shorten(IEnumerable<KeyValuePair<Digest, string>> claims)
    {
        if (_length < RewriteLength || !_file.CanSeek) return;
        var lines = new StringBuilder();
        foreach (var claim in claims) AppendLine(lines, claim.Key, claim.Value);
        if (lines.Length > _length / 4) return;
        var bytes = Encoding.UTF8.GetBytes(lines.ToString());
        try
        {
            _file.Position = 0;
            _file.Write(bytes, 0, bytes.Length);
            _file.Flush();
            _file.SetLength(bytes.Length);
            _length = bytes.Length;
        }
        catch (IOException)
        {
            _isTorn = true;
        }

        _file.Position = _length;
    }

    /// <summary>Reads the claims of a session, with their media types.</summary>
    public static Dictionary<Digest, string> Read(Stream file)
    {
        var claims = new Dictionary<Digest, string>();
        using var reader = new StreamReader(file, Encoding.UTF8);
        foreach (var line in Lines(reader))
        {
            var blank = line.IndexOf(' ');
            if (!Digest.TryParse(line.Substring(1, (blank > 0 ? blank : line.Length) - 1), out var digest)) continue;
            if (line[0] == '-') claims.Remove(digest);
            else claims[digest] = blank < 0 ? "" : line.Substring(blank + 1);
        }

        return claims;
    }

    public void Dispose() => _file.Dispose();

    private static void AppendLine(StringBuilder lines, Digest digest, string mediaType) =>
        lines.Append('+').Append(digest.ToString()).Append(' ').Append(Digest.Shorten(mediaType)).Append('\n');

    private void Append(StringBuilder lines)
    {
        if (lines.Length == 0) return;
        var bytes = Encoding.UTF8.GetBytes((_isTorn ? lines.Insert(0, '\n') : lines).ToString());
        _isTorn = true; // a full disk can leave half a line; the next line must not continue it
        try
        {
            _file.Write(bytes, 0, bytes.Length);
            _file.Flush();
        }
        catch (IOException) when (_file.CanSeek)
        {
            // The written part must not become valid later, when a shorter line follows it.
            _file.SetLength(_length);
            _file.Position = _length;
            _isTorn = false;
            throw;
        }

        _length += bytes.Length;
        _isTorn = false;
    }

    // Ignores lines longer than any claim, so a file without line ends does not use memory.
    private static IEnumerable<string> Lines(StreamReader reader)
    {
        var line = new StringBuilder();
        int next;
        do
        {
            next = reader.Read();
            if (next >= 0 && next != '\n')
            {
                if (line.Length <= LongestLine) line.Append((char)next);
                continue;
            }

            if (line.Length is > 0 and <= LongestLine) yield return line.ToString();
            line.Clear();
        }
        while (next >= 0);
    }
}
