using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.IO;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace OciLayout;

/// <summary>
/// Reading with <see cref="Utf8JsonReader"/>, so that nothing is built that nobody asked for. A problem is a
/// <see cref="JsonException"/>; callers turn it into the kind that fits what they read.
/// </summary>
internal static class Json
{
    /// <summary>The reader keeps a bit a level, so depth is no danger; Go's reader stops at the same.</summary>
    public static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 10_000 };

    /// <summary>The same limit for documents that are read whole.</summary>
    public static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = ReaderOptions.MaxDepth };

    // Other tools write "+" and "<" as they are; so do we (the default encoder would escape them).
    public static JsonWriterOptions WriterOptions => new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private const int LargestSpare = 64 * 1024;

    [ThreadStatic]
    private static (MemoryStream Stream, Utf8JsonWriter Writer)? s_spare;

    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <summary>A byte order mark is accepted, never written.</summary>
    public static ReadOnlyMemory<byte> WithoutByteOrderMark(ReadOnlyMemory<byte> json) => HasByteOrderMark(json.Span) ? json.Slice(3) : json;

    /// <summary>Whether a document begins with a byte order mark.</summary>
    public static bool HasByteOrderMark(ReadOnlySpan<byte> json) => json.StartsWith(ByteOrderMark);

    /// <summary>Runs a reading function; whatever is wrong with the bytes becomes one <see cref="JsonException"/>.</summary>
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

    /// <summary>What is wrong with the bytes, when that is what an exception of the reader, or of ours, says; else null.</summary>
    public static JsonException? Problem(Exception exception)
    {
        switch (exception)
        {
            case JsonException { LineNumber: null } own:
                return own;
            case JsonException e:
                // The reader quotes what it could not read, and that may be the rest of the document, control characters and all.
                var text = e.Message;
                var place = text.IndexOf(" LineNumber: ", StringComparison.Ordinal);
                return new JsonException($"{Digest.Shorten(place < 0 ? text : text.Substring(0, place)).TrimEnd('.')} (line {e.LineNumber + 1}, byte {e.BytePositionInLine})", e);
            case InvalidOperationException e:
                // What GetString and ValueTextEquals say about text that is no UTF-8.
                return new JsonException("it has text that is not valid UTF-8", e);
            default:
                return null;
        }
    }

    /// <summary>Returns whether a name or string is a text. One that is not valid Unicode is not.</summary>
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

    /// <summary>Returns the text of a string; null when it is not valid Unicode.</summary>
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

    /// <summary>Reads string members of an object; other values are passed over, as annotations of other tools may hold anything.</summary>
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
        // A new writer takes some kilobytes, for an entry of a few hundred bytes; and each image of a bulk push has two.
        var (stream, writer) = s_spare ?? (new MemoryStream(), new Utf8JsonWriter(Stream.Null, WriterOptions));
        s_spare = null; // for whoever writes from within
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
