using System;
using System.Collections.Generic;
using System.Text.Json;

namespace OciLayout.Storage;

/// <summary>The document <c>index.json</c>, cut into its entries and the bytes around them.</summary>
/// <param name="Before">All up to the first entry.</param>
/// <param name="Entries">The entries.</param>
/// <param name="After">All after the last one.</param>
internal sealed record IndexDocument(ReadOnlyMemory<byte> Before, List<IndexEntry?> Entries, ReadOnlyMemory<byte> After)
{
    /// <summary>What an entry with a tag takes at least, about, when it is written without blanks.</summary>
    private const int UsualEntry = 240;

    /// <summary>Cuts a document.</summary>
    /// <exception cref="JsonException">It is no image index.</exception>
    public static IndexDocument Parse(ReadOnlyMemory<byte> file) => Json.Guard(() => Read(Json.WithoutByteOrderMark(file), byReader: false));

    /// <summary>The same, all of it with the reader of JSON, which says best what is wrong.</summary>
    /// <exception cref="JsonException">It is no image index.</exception>
    public static IndexDocument ParseByReader(ReadOnlyMemory<byte> file) => Json.Guard(() => Read(Json.WithoutByteOrderMark(file), byReader: true));

    private static IndexDocument Read(ReadOnlyMemory<byte> document, bool byReader)
    {
        if (!byReader && PlainEntries.ReadDocument(document) is { } plain) return plain;
        var reader = new Utf8JsonReader(document.Span, Json.ReaderOptions);
        if (document.IsEmpty || !reader.Read()) throw new JsonException("it is empty");
        Json.Expect(ref reader, JsonTokenType.StartObject, "the document", "an object");
        List<IndexEntry?>? entries = null;
        int before = 0, after = 0;
        var isNull = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isManifests = reader.ValueTextEquals("manifests"u8);
            reader.Read();
            if (!isManifests)
            {
                reader.Skip();
                continue;
            }

            if (entries is not null) throw new JsonException("it has the member 'manifests' twice");
            entries = NewList(document);
            before = (int)reader.TokenStartIndex;
            isNull = reader.TokenType == JsonTokenType.Null; // umoci init writes that
            if (isNull)
            {
                after = (int)reader.BytesConsumed;
                continue;
            }

            Json.Expect(ref reader, JsonTokenType.StartArray, "manifests", "an array");
            before = after = (int)reader.BytesConsumed;
            if (!byReader) return Cut(document, before, entries) ?? Read(document, byReader: true);
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                entries.Add(IndexEntry.Read(ref reader, document));
                after = (int)reader.BytesConsumed;
            }
        }

        if (reader.Read()) throw new JsonException($"something follows the document (at byte {reader.TokenStartIndex})");
        if (entries is null) throw new JsonException("it has no member 'manifests'");
        return isNull
            ? new IndexDocument(Bytes.Join(document.Span.Slice(0, before), "["u8), entries, Bytes.Join("]"u8, document.Span.Slice(after)))
            : new IndexDocument(document.Slice(0, before), entries, document.Slice(after));
    }

    /// <summary>An empty list with room for about the entries of a document.</summary>
    public static List<IndexEntry?> NewList(ReadOnlyMemory<byte> document) => new(document.Length / UsualEntry);

    // The entries are read by themselves, and the rest without them.
    private static IndexDocument? Cut(ReadOnlyMemory<byte> document, int before, List<IndexEntry?> entries)
    {
        var after = PlainEntries.Read(document, before, entries);
        if (after < 0) return null;
        var (head, tail) = (document.Slice(0, before), document.Slice(after));
        try
        {
            Read(Bytes.Join(head.Span, tail.Span), byReader: true);
        }
        catch (Exception e) when (Json.Problem(e) is not null)
        {
            return null;
        }

        return new IndexDocument(head, entries, tail);
    }
}
