using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using OciLayout.Common;

namespace OciLayout.Index;

/// <summary>
/// The content of <c>index.json</c> at one point in time. Immutable. The bytes are produced in pieces when they are written or compared,
/// because the bytes of a large index would need more memory than everything else.
/// </summary>
internal sealed class IndexContent(ReadOnlyMemory<byte> before, IReadOnlyList<IndexEntry> entries, ReadOnlyMemory<byte> after)
{
    private const int BufferSize = 64 * 1024;

    /// <summary>Writes the file.</summary>
    public void WriteTo(Stream file) => Write((bytes, count) =>
    {
        file.Write(bytes, 0, count);
        return true;
    });

    /// <summary>Returns the content of the file.</summary>
    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        WriteTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Returns whether a stream has exactly these bytes.</summary>
    public bool IsIn(Stream file)
    {
        var there = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            return Write((bytes, count) => file.Fill(there, 0, count) == count && bytes.AsSpan(0, count).SequenceEqual(there.AsSpan(0, count))) && file.Fill(there, 0, 1) == 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(there);
        }
    }

    /// <summary>Returns whether another image has the same bytes.</summary>
    public bool IsSame(IndexContent other)
    {
        if (entries.Count != other.Entries.Count || !before.Span.SequenceEqual(other.Before.Span) || !after.Span.SequenceEqual(other.After.Span)) return false;
        for (var i = 0; i < entries.Count; i++)
        {
            if (!entries[i].IsSame(other.Entries[i])) return false;
        }

        return true;
    }

    private ReadOnlyMemory<byte> Before => before;

    private IReadOnlyList<IndexEntry> Entries => entries;

    private ReadOnlyMemory<byte> After => after;

    // Passes the bytes to a function in pieces until it returns false.
    private bool Write(Func<byte[], int, bool> take)
    {
        var piece = new Piece(take);
        try
        {
            piece.Add(before.Span);
            for (var i = 0; i < entries.Count; i++)
            {
                if (i > 0) piece.Add(","u8);
                piece.Add(entries[i]);
                if (piece.IsRefused) return false;
            }

            piece.Add(after.Span);
            return piece.Flush();
        }
        finally
        {
            piece.Return();
        }
    }

    /// <summary>Collects bytes and passes them on when the buffer is full.</summary>
    private sealed class Piece(Func<byte[], int, bool> take)
    {
        private readonly byte[] _bytes = ArrayPool<byte>.Shared.Rent(BufferSize);
        private int _count;

        public bool IsRefused { get; private set; }

        public void Add(IndexEntry entry)
        {
            if (!entry.IsPlain || CanonicalEntries.MaxSizeOf(entry) > _bytes.Length)
            {
                Add(entry.Raw.Span);
                return;
            }

            if (CanonicalEntries.MaxSizeOf(entry) > _bytes.Length - _count) Flush();
            _count += CanonicalEntries.Write(entry, _bytes.AsSpan(_count));
        }

        public void Add(ReadOnlySpan<byte> bytes)
        {
            while (bytes.Length > 0)
            {
                if (_count == _bytes.Length) Flush();
                var part = Math.Min(bytes.Length, _bytes.Length - _count);
                bytes.Slice(0, part).CopyTo(_bytes.AsSpan(_count));
                _count += part;
                bytes = bytes.Slice(part);
            }
        }

        /// <summary>Passes the collected bytes on, unless an earlier piece was refused.</summary>
        public bool Flush()
        {
            if (!IsRefused && _count > 0) IsRefused = !take(_bytes, _count);
            _count = 0;
            return !IsRefused;
        }

        public void Return() => ArrayPool<byte>.Shared.Return(_bytes);
    }
}
