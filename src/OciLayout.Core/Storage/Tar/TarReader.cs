using System;
using System.IO;
using System.Threading;

namespace OciLayout.Storage.Tar;

/// <summary>
/// Reads an archive from its beginning, entry by entry: ustar, pax and GNU, with offsets, which System.Formats.Tar does not tell. What lies
/// about itself is refused, since another reader may see other entries in it.
/// </summary>
internal sealed class TarReader
{
    /// <summary>Names and extended headers are held in memory, and none of an honest archive comes near this: 1 MiB.</summary>
    private const int LongestExtension = 1 << 20;

    private readonly Stream _stream;
    private readonly string _archive;
    private readonly long _length;
    private readonly byte[] _block = new byte[TarHeader.Size];
    private long _position;
    private long _next;

    /// <param name="stream">The archive; when it can seek, data are passed over unread.</param>
    /// <param name="archive">Its path, for messages.</param>
    /// <param name="length">Its length in bytes, when that is known of a stream that cannot seek.</param>
    public TarReader(Stream stream, string archive, long? length = null)
    {
        _stream = stream;
        _archive = archive;
        _length = length ?? (stream.CanSeek ? stream.Length : long.MaxValue);
    }

    /// <summary>The next entry; null at the end.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidArchive"/>.</exception>
    public TarEntry? Next(CancellationToken cancellation)
    {
        try
        {
            return ReadEntry(cancellation);
        }
        catch (Exception e) when (e is InvalidDataException or OverflowException)
        {
            throw Invalid(_archive, $"{(e is InvalidDataException ? e.Message.TrimEnd('.') : "a number overflows")}, near byte {_position}", e);
        }
    }

    /// <summary>The data of the entry that was read last; to be read before the next one.</summary>
    public Stream Open(TarEntry entry) => new TarEntryStream(entry, ReadData);

    public static OciException Invalid(string archive, string problem, Exception? cause = null) =>
        new(OciErrorKind.InvalidArchive, $"The archive '{archive}' cannot be used: {problem}.", archive, cause) { Expected = "a sound tar archive" };

    private TarEntry? ReadEntry(CancellationToken cancellation)
    {
        string? longName = null, longLink = null;
        PaxRecords? pax = null;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            SkipTo(_next, cancellation);
            ReadBlock();
            if (TarHeader.IsZero(_block))
            {
                if (pax is not null || longName is not null || longLink is not null) throw new InvalidDataException("it ends after an extended header");
                ReadBlock();
                if (!TarHeader.IsZero(_block)) throw new InvalidDataException("something follows a block of zeros");
                return null;
            }

            var header = TarHeader.Read(_block);
            switch (header.Type)
            {
                case 'x':
                    pax = PaxRecords.Read(ReadExtension(header.Length));
                    break;
                case 'g':
                    var global = PaxRecords.Read(ReadExtension(header.Length));
                    if ((global.Name ?? global.LinkTarget) is not null || global.Length is not null || global.IsSparse)
                        throw new InvalidDataException("an extended header names or measures all entries at once");
                    break;
                case 'L':
                    longName = ReadName(header.Length);
                    break;
                case 'K':
                    longLink = ReadName(header.Length);
                    break;
                default:
                    return MakeEntry(header, pax, longName, longLink);
            }
        }
    }

    private TarEntry MakeEntry(TarHeader header, PaxRecords? pax, string? longName, string? longLink)
    {
        var name = pax?.Name ?? longName ?? header.Name;
        var length = pax?.Length ?? header.Length;
        var target = pax?.LinkTarget ?? longLink ?? header.LinkTarget;
        var (headerOffset, stamp) = (_position - TarHeader.Size, header.Stamp);
        var kind = pax?.IsSparse == true ? TarEntryKind.Other : KindOf(header.Type, name);

        // Readers differ in which of the two they believe, and one that is deceived sees other entries.
        if (length != header.Length && length <= TarHeader.LongestLength) throw new InvalidDataException($"'{Digest.Shorten(name)}' has {header.Length} bytes by its header and {length} by its extended one");

        // Readers differ in whether data follow these, so nobody knows what an entry behind one is.
        if (header.Type is >= '1' and <= '6' && length != 0) throw new InvalidDataException($"'{Digest.Shorten(name)}' is no file and claims {length} bytes of data");
        for (var more = header.HasSparseMap; more; more = _block[504] != 0) ReadBlock();
        var entry = new TarEntry(name, kind, length, headerOffset, _position, stamp, target, header.Type == '2');
        _next = Padded(checked(_position + length));
        if (checked(_position + length) > _length)
            throw new InvalidDataException($"it is cut off: '{Digest.Shorten(name)}' claims {length} bytes and {_length - _position} are left");
        return entry;
    }

    private static TarEntryKind KindOf(char type, string name) => type switch
    {
        '0' or '\0' or '7' => name.Length > 0 && name[name.Length - 1] == '/' ? TarEntryKind.Directory : TarEntryKind.File, // as before POSIX
        '5' => TarEntryKind.Directory,
        '1' or '2' => TarEntryKind.Link,
        _ => TarEntryKind.Other,
    };

    private string ReadName(long length)
    {
        var bytes = ReadExtension(length);
        var end = Array.IndexOf(bytes, (byte)0);
        return ((ReadOnlySpan<byte>)bytes.AsSpan(0, end < 0 ? bytes.Length : end)).DecodeUtf8();
    }

    private byte[] ReadExtension(long length)
    {
        if (length > LongestExtension) throw new InvalidDataException($"a name or an extended header has {length} bytes");
        _next = Padded(_position + length);
        var bytes = new byte[length];
        Fill(bytes);
        return bytes;
    }

    private void ReadBlock()
    {
        Fill(_block);
        _next = Math.Max(_next, _position);
    }

    private void Fill(byte[] buffer)
    {
        for (var done = 0; done < buffer.Length;)
        {
            var read = ReadData(buffer, done, buffer.Length - done);
            if (read == 0) throw new InvalidDataException("it is cut off: it lacks its end");
            done += read;
        }
    }

    private int ReadData(byte[] buffer, int offset, int count)
    {
        var read = _stream.Read(buffer, offset, count);
        _position += read;
        return read;
    }

    private void SkipTo(long offset, CancellationToken cancellation)
    {
        if (offset == _position) return;
        if (_stream.CanSeek)
        {
            if (offset > _length) throw new InvalidDataException("it is cut off: it lacks its end");
            _position = _stream.Position = offset;
            return;
        }

        var buffer = new byte[(int)Math.Min(128 * 1024, offset - _position)];
        while (_position < offset)
        {
            cancellation.ThrowIfCancellationRequested();
            if (ReadData(buffer, 0, (int)Math.Min(buffer.Length, offset - _position)) == 0) throw new InvalidDataException("it is cut off: it lacks its end");
        }
    }

    private static long Padded(long offset) => checked(offset + TarHeader.Size - 1) / TarHeader.Size * TarHeader.Size;

    /// <summary>The data of one entry, from the stream that all are read from.</summary>
    private sealed class TarEntryStream(TarEntry entry, Func<byte[], int, int, int> read) : ReadOnlyStream
    {
        private long _left = entry.Length;

        public override long Length => entry.Length;

        public override int Read(byte[] buffer, int offset, int count)
        {
            var count0 = (int)Math.Min(count, _left);
            if (count0 == 0) return 0;
            var done = read(buffer, offset, count0);
            if (done == 0) throw new InvalidDataException($"it is cut off in '{Digest.Shorten(entry.Name)}'");
            _left -= done;
            return done;
        }
    }
}
