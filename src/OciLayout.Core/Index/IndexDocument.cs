using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using System.Threading;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout.Index;

/// <summary>The document <c>index.json</c>, split into its entries and the bytes around them.</summary>
/// <param name="Before">The bytes before the first entry.</param>
/// <param name="Entries">The entries.</param>
/// <param name="After">The bytes after the last entry.</param>
internal sealed record IndexDocument(ReadOnlyMemory<byte> Before, List<IndexEntry?> Entries, ReadOnlyMemory<byte> After)
{
    /// <summary>The approximate minimum size of an entry with a tag, written without white space, in bytes.</summary>
    private const int UsualEntry = 210;

    /// <summary>
    /// Splits the document in a file. Most tools write a canonical document, whose entries are compared instead of parsed, and whose bytes
    /// are not kept (rows <c>open-list-10000</c> and <c>open-list-50000</c> of docs/performance.md). The JSON reader reads other documents.
    /// </summary>
    /// <param name="open">The function that opens the file. It is called a second time if the document is not canonical.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <exception cref="JsonException">The document is not an image index.</exception>
    public static IndexDocument Parse(Func<Stream> open, CancellationToken cancellationToken)
    {
        if (TryParseCanonical(open, cancellationToken) is { } canonical) return canonical;
        using var file = open();
        return ParseJson(file.ReadToEnd(), cancellationToken);
    }

    /// <summary>Splits a document with the JSON reader.</summary>
    /// <exception cref="JsonException">The document is not an image index.</exception>
    public static IndexDocument ParseJson(ReadOnlyMemory<byte> file, CancellationToken cancellationToken) =>
        Json.Guard(() => Read(Json.WithoutByteOrderMark(file), cancellationToken));

    private static IndexDocument? TryParseCanonical(Func<Stream> open, CancellationToken cancellationToken)
    {
        using var file = open();
        using var buffer = new ReadBuffer(file);
        buffer.Fill();
        if (CanonicalEntries.BeginningOf(buffer.Rest) is not { } beginning) return null;
        buffer.Skip(beginning.Length);
        var entries = NewList(file.Length);
        while (entries.Count > 0 || buffer.Rest.IsEmpty || buffer.Rest[0] != (byte)']')
        {
            if (buffer.FillIfLow()) cancellationToken.ThrowIfCancellationRequested();
            if (CanonicalEntries.TryRead(buffer.Rest, out var length) is not { } entry || length == buffer.Rest.Length)
                return TryParseRest(buffer.ToEnd(), beginning, entries, cancellationToken);
            entries.Add(entry);
            var next = buffer.Rest[length];
            if (next != (byte)',' && next != (byte)']') return null;
            buffer.Skip(next == (byte)',' ? length + 1 : length);
            if (next == (byte)']') break;
        }

        var after = buffer.ToEnd();
        return CanonicalEntries.IsEnd(after) || IsWhole(beginning, after) ? new IndexDocument(beginning, entries, after) : null;
    }

    // Continues at the first entry that is not canonical.
    private static IndexDocument? TryParseRest(ReadOnlyMemory<byte> rest, byte[] beginning, List<IndexEntry?> entries, CancellationToken cancellationToken)
    {
        var end = CanonicalEntries.ReadRest(rest, entries, cancellationToken);
        if (end < 0) return null;
        var after = rest.Slice(end);
        return CanonicalEntries.IsEnd(after.Span) || IsWhole(beginning, after.Span) ? new IndexDocument(beginning, entries, after) : null;
    }

    private static IndexDocument Read(ReadOnlyMemory<byte> document, CancellationToken cancellationToken)
    {
        var reader = new Utf8JsonReader(document.Span, Json.ReaderOptions);
        if (document.IsEmpty || !reader.Read()) throw new JsonException("it is empty");
        Json.Expect(ref reader, JsonTokenType.StartObject, "the document", "an object");
        List<IndexEntry?>? entries = null;
        int before = 0, after = 0;
        var isNull = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isManifests = Json.Says(ref reader, "manifests"u8);
            reader.Read();
            if (!isManifests)
            {
                reader.Skip();
                continue;
            }

            if (entries is not null) throw new JsonException("it has the member 'manifests' twice");
            entries = NewList(document.Length);
            before = (int)reader.TokenStartIndex;
            isNull = reader.TokenType == JsonTokenType.Null; // written by "umoci init"
            if (isNull)
            {
                after = (int)reader.BytesConsumed;
                continue;
            }

            Json.Expect(ref reader, JsonTokenType.StartArray, "manifests", "an array");
            before = after = (int)reader.BytesConsumed;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                cancellationToken.ThrowIfCancellationRequested();
                entries.Add(IndexEntry.Read(ref reader, document));
                after = (int)reader.BytesConsumed;
            }
        }

        if (reader.Read()) throw new JsonException($"data follows the document (at byte {reader.TokenStartIndex})");
        if (entries is null) throw new JsonException("it has no member 'manifests'");
        return isNull
            ? new IndexDocument(Bytes.Join(document.Span.Slice(0, before), "["u8), entries, Bytes.Join("]"u8, document.Span.Slice(after)))
            : new IndexDocument(document.Slice(0, before), entries, document.Slice(after));
    }

    // Creates an empty list with the approximate capacity for the entries of a document.
    private static List<IndexEntry?> NewList(long length) => new((int)Math.Min(length / UsualEntry, int.MaxValue / 16));

    // Returns whether the bytes around the entries form a valid document.
    private static bool IsWhole(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        try
        {
            Read(Bytes.Join(before, after), CancellationToken.None);
            return true;
        }
        catch (Exception e) when (Json.Problem(e) is not null)
        {
            return false;
        }
    }

    /// <summary>A buffer that moves forward through a stream.</summary>
    private sealed class ReadBuffer(Stream stream) : IDisposable
    {
        private const int BufferSize = 64 * 1024;
        private const int LongestEntry = 4 * 1024; // longer than nearly all entries

        private readonly byte[] _bytes = ArrayPool<byte>.Shared.Rent(BufferSize);
        private int _start;
        private int _end;
        private long _position;
        private bool _isLast;

        public ReadOnlySpan<byte> Rest => _bytes.AsSpan(_start, _end - _start);

        public void Skip(int count) => _start += count;

        /// <summary>Reads more bytes if fewer are left than an entry may have. Returns whether it did.</summary>
        public bool FillIfLow()
        {
            if (_end - _start >= LongestEntry || _isLast) return false;
            Fill();
            return true;
        }

        /// <summary>Reads until the buffer is full or the stream ends.</summary>
        public void Fill()
        {
            Buffer.BlockCopy(_bytes, _start, _bytes, 0, _end - _start);
            (_start, _end) = (0, _end - _start);
            var read = stream.Fill(_bytes, _end, _bytes.Length - _end);
            _end += read;
            _position += read;
            _isLast = _end < _bytes.Length;
        }

        /// <summary>Returns all remaining bytes.</summary>
        public byte[] ToEnd()
        {
            if (_isLast) return Rest.ToArray();
            return Bytes.Join(Rest, stream.ReadToEnd(_position));
        }

        public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);
    }
}
