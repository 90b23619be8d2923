using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.IO;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace OciLayout.Model;

/// <summary>
/// Helpers for <see cref="Utf8JsonReader"/>, which reads without building objects. Errors are <see cref="JsonException"/>s; callers convert
/// them to the error kind that fits the document.
/// </summary>
internal static class Json
{
    /// <summary>
    /// The options of all readers. Deep documents are safe because the reader needs one bit per level. Go has the same limit.
    /// </summary>
    public static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 10_000 };

    /// <summary>The options for documents that are parsed into memory, with the same depth limit.</summary>
    public static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = ReaderOptions.MaxDepth };

    // Like other tools, write "+" and "<" unescaped. The default encoder would escape them.
    public static JsonWriterOptions WriterOptions => new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private const int LargestSpare = 64 * 1024;

    [ThreadStatic]
    private static (MemoryStream Stream, Utf8JsonWriter Writer)? s_spare;

    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <summary>Returns a document without its byte order mark, which is accepted but never written.</summary>
    public static ReadOnlyMemory<byte> WithoutByteOrderMark(ReadOnlyMemory<byte> json) => HasByteOrderMark(json.Span) ? json.Slice(3) : json;

    /// <summary>Returns whether a document begins with a byte order mark.</summary>
    public static bool HasByteOrderMark(ReadOnlySpan<byte> json) => json.StartsWith(ByteOrderMark);

    /// <summary>Runs a reading function and converts each error about the bytes to a <see cref="JsonException"/>.</summary>
    public static T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not JsonException { LineNumber: null } && Problem(e) is { } problem)
        {
            throw problem;
        }
    }

    /// <summary>
    /// Returns the problem with the bytes that an exception of the reader or of this class reports; null for other exceptions.
    /// </summary>
    public static JsonException? Problem(Exception exception)
    {
        switch (exception)
        {
            case JsonException { LineNumber: null } own:
                return own;
            case JsonException e:
                // The reader quotes the text that it could not read. It can be long and can contain control characters.
                var text = e.Message;
                var place = text.IndexOf(" LineNumber: ", StringComparison.Ordinal);
                return new JsonException($"{Digest.Shorten(place < 0 ? text : text.Substring(0, place)).TrimEnd('.')} (line {e.LineNumber + 1}, byte {e.BytePositionInLine})", e);
            case InvalidOperationException e:
                // GetString and ValueTextEquals throw this for text that is not UTF-8.
                return new JsonException("it has text that is not valid UTF-8", e);
            default:
                return null;
        }
    }

    /// <summary>Returns whether a name or string equals a text. A string that is not valid Unicode does not.</summary>
    public static bool Says(ref Utf8JsonReader reader, ReadOnlySpan<byte> text)
    {
        try
        {
            return reader.ValueTextEquals(text);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Returns the text of a string; null if it is not valid Unicode.</summary>
    public static string? TextOrNull(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public static string ReadString(ref Utf8JsonReader reader, string member)
    {
        if (reader.TokenType != JsonTokenType.String) throw Unexpected(ref reader, member, "a string");
        return reader.GetString()!;
    }

    public static string? ReadOptionalString(ref Utf8JsonReader reader, string member) =>
        reader.TokenType == JsonTokenType.Null ? null : ReadString(ref reader, member);

    public static JsonException Unexpected(ref Utf8JsonReader reader, string member, string expected) =>
        new($"'{member}' is {Name(reader.TokenType)}, not {expected} (at byte {reader.TokenStartIndex})");

    public static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string member, string expected)
    {
        if (reader.TokenType != type) throw Unexpected(ref reader, member, expected);
    }

    /// <summary>
    /// Reads the string members of an object. Other values are skipped, because annotations of other tools may contain any type.
    /// </summary>
    public static IReadOnlyDictionary<string, string> ReadAnnotations(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null) return Descriptor.NoAnnotations;
        Expect(ref reader, JsonTokenType.StartObject, "annotations", "an object");
        Dictionary<string, string>? result = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType == JsonTokenType.String) (result ??= new(StringComparer.Ordinal))[key] = reader.GetString()!;
            else reader.Skip();
        }

        return result is null ? Descriptor.NoAnnotations : new ReadOnlyDictionary<string, string>(result);
    }

    public static IReadOnlyList<string> ReadStrings(ref Utf8JsonReader reader, string member)
    {
        if (reader.TokenType == JsonTokenType.Null) return Array.Empty<string>();
        Expect(ref reader, JsonTokenType.StartArray, member, "an array");
        var result = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) result.Add(ReadString(ref reader, member));
        return result;
    }

    public static byte[] Write(Action<Utf8JsonWriter> write)
    {
        // Reuse the writer: a new one allocates several kilobytes, and a bulk push writes two entries of a few hundred bytes per image.
        var (stream, writer) = s_spare ?? (new MemoryStream(), new Utf8JsonWriter(Stream.Null, WriterOptions));
        s_spare = null; // allows nested calls
        stream.SetLength(0);
        writer.Reset(stream);
        write(writer);
        writer.Flush();
        if (stream.Capacity <= LargestSpare) s_spare = (stream, writer);
        return stream.ToArray();
    }

    private static string Name(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        JsonTokenType.Null => "null",
        _ => "something else",
    };
}
