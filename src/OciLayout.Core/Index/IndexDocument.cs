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

    /// <summary>Splits a document.</summary>
    /// <exception cref="JsonException">The document is not an image index.</exception>
    public static IndexDocument Parse(ReadOnlyMemory<byte> file) => Parse(file, CancellationToken.None);

    /// <summary>Splits a document with the JSON reader only, whose error messages are the most precise.</summary>
    /// <exception cref="JsonException">The document is not an image index.</exception>
    public static IndexDocument ParseByReader(ReadOnlyMemory<byte> file) => Json.Guard(() => Read(Json.WithoutByteOrderMark(file), byReader: true, CancellationToken.None));

    /// <summary>
    /// Splits the document in a file. Entries in the usual form are parsed from a window, so their bytes are not kept in memory.
    /// </summary>
    /// <param name="open">The function that opens the file. It is called a second time if the document does not have the usual
    /// form.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <exception cref="JsonException">The document is not an image index.</exception>
    public static IndexDocument Parse(Func<Stream> open, CancellationToken cancellationToken)
    {
        if (ReadPlain(open, cancellationToken) is { } plain) return plain;
        using var file = open();
        return Parse(Bytes.ReadAll(file), cancellationToken);
    }

    private static IndexDocument Parse(ReadOnlyMemory<byte> file, CancellationToken cancellationToken) =>
        Json.Guard(() => Read(Json.WithoutByteOrderMark(file), byReader: false, cancellationToken));

    private static IndexDocument? ReadPlain(Func<Stream> open, CancellationToken cancellationToken)
    {
        using var file = open();
        using var window = new Window(file);
        window.Fill();
        if (CanonicalEntries.BeginningOf(window.Rest) is not { } beginning) return null;
        window.Skip(beginning.Length);
        var entries = NewList(file.Length);
        while (entries.Count > 0 || window.Rest.IsEmpty || window.Rest[0] != (byte)']')
        {
            if (window.Require()) cancellationToken.ThrowIfCancellationRequested();
            if (CanonicalEntries.TryRead(window.Rest, out var length) is not { } entry || length == window.Rest.Length) return ReadOn(window.ToEnd(), beginning, entries, cancellationToken);
            entries.Add(entry);
            var next = window.Rest[length];
            if (next != (byte)',' && next != (byte)']') return null;
            window.Skip(next == (byte)',' ? length + 1 : length);
            if (next == (byte)']') break;
        }

        var after = window.ToEnd();
        return CanonicalEntries.IsEnd(after) || IsWhole(beginning, after) ? new IndexDocument(beginning, entries, after) : null;
    }

    // Continues at the first entry that does not have the usual form.
    private static IndexDocument? ReadOn(ReadOnlyMemory<byte> rest, byte[] beginning, List<IndexEntry?> entries, CancellationToken cancellationToken)
    {
        var end = CanonicalEntries.ReadOn(rest, 0, entries, cancellationToken);
        if (end < 0) return null;
        var after = rest.Slice(end);
        return CanonicalEntries.IsEnd(after.Span) || IsWhole(beginning, after.Span) ? new IndexDocument(beginning, entries, after) : null;
    }

    private static IndexDocument Read(ReadOnlyMemory<byte> document, bool byReader, CancellationToken cancellationToken)
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
            if (!byReader) return Cut(document, before, entries, cancellationToken) ?? Read(document, byReader: true, cancellationToken);
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                cancellationToken.ThrowIfCancellationRequested();
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

    // Creates an empty list with the approximate capacity for the entries of a document.
    private static List<IndexEntry?> NewList(long length) => new((int)Math.Min(length / UsualEntry, int.MaxValue / 16));

    // Reads the entries separately, and checks the rest of the document without them.
    private static IndexDocument? Cut(ReadOnlyMemory<byte> document, int before, List<IndexEntry?> entries, CancellationToken cancellationToken)
    {
        var after = CanonicalEntries.Read(document, before, entries, cancellationToken);
        if (after < 0) return null;
        var (head, tail) = (document.Slice(0, before), document.Slice(after));
        return IsWhole(head.Span, tail.Span) ? new IndexDocument(head, entries, tail) : null;
    }

    // Returns whether the bytes around the entries form a valid document.
    private static bool IsWhole(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        try
        {
            Read(Bytes.Join(before, after), byReader: true, CancellationToken.None);
            return true;
        }
        catch (Exception e) when (Json.Problem(e) is not null)
        {
            return false;
        }
    }

    /// <summary>A window of bytes that moves forward through a stream.</summary>
    private sealed class Window(Stream stream) : IDisposable
    {
        private const int Room = 64 * 1024;
        private const int Enough = 4 * 1024; // longer than any usual entry

        private readonly byte[] _bytes = ArrayPool<byte>.Shared.Rent(Room);
        private int _start;
        private int _end;
        private long _position;
        private bool _isLast;

        public ReadOnlySpan<byte> Rest => _bytes.AsSpan(_start, _end - _start);

        public void Skip(int count) => _start += count;

        /// <summary>Reads more bytes if few are left. Returns whether it did.</summary>
        public bool Require()
        {
            if (_end - _start >= Enough || _isLast) return false;
            Fill();
            return true;
        }

        /// <summary>Reads until the window is full or the stream ends.</summary>
        public void Fill()
        {
            Buffer.BlockCopy(_bytes, _start, _bytes, 0, _end - _start);
            (_start, _end) = (0, _end - _start);
            while (_end < _bytes.Length)
            {
                var read = stream.Read(_bytes, _end, _bytes.Length - _end);
                _end += read;
                _position += read;
                _isLast = read == 0;
                if (_isLast) return;
            }
        }

        /// <summary>Returns all remaining bytes.</summary>
        public byte[] ToEnd()
        {
            if (_isLast) return Rest.ToArray();
            return Bytes.Join(Rest, Bytes.ReadAll(stream, _position));
        }

        public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);
    }
}
