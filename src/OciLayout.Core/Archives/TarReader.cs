using System;
using System.IO;
using System.Threading;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout.Archives;

/// <summary>
/// Reads an archive from its beginning, entry by entry: ustar, pax and GNU. Unlike System.Formats.Tar, it gives offsets, limits the size of
/// extended headers, and runs on every framework. It refuses contradictory headers, because another reader may see other entries in them.
/// </summary>
internal sealed class TarReader
{
    /// <summary>The largest extended header or long name, in bytes. The reader holds them in memory.</summary>
    private const int LongestExtension = 1 << 20;

    private static readonly long EarliestTime = DateTimeOffset.MinValue.ToUnixTimeSeconds();
    private static readonly long LatestTime = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    private readonly Stream _stream;
    private readonly string _archive;
    private readonly long _length;
    private readonly bool _endRequired;
    private readonly byte[] _block = new byte[TarHeader.Size];
    private long _position;
    private long _dataEnd;
    private long _next;

    /// <param name="stream">The archive. When it can seek, data that the caller does not read are skipped without reading.</param>
    /// <param name="archive">The path or the name of the archive, for messages.</param>
    /// <param name="length">The length in bytes of a stream that cannot seek; null when it is unknown.</param>
    /// <param name="endRequired">
    /// Whether the two blocks of zeros at the end have to be present. They show that an archive is complete. A layer does not need them,
    /// because its digest shows that, and some tools do not write them.
    /// </param>
    public TarReader(Stream stream, string archive, long? length = null, bool endRequired = true)
    {
        _stream = stream;
        _archive = archive;
        _length = length ?? (stream.CanSeek ? stream.Length : long.MaxValue);
        _endRequired = endRequired;
    }

    /// <summary>Whether a block of zeros marked the end of the archive.</summary>
    public bool HasEnd { get; private set; }

    /// <summary>Reads the next entry. Returns null at the end.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidArchive"/>.</exception>
    public TarEntry? Next(CancellationToken cancellationToken)
    {
        try
        {
            return ReadEntry(cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or OverflowException)
        {
            throw ArchiveErrors.Invalid(_archive, $"{(e is InvalidDataException ? e.Message.TrimEnd('.') : "a number is too large")}, near byte {_position}", e);
        }
    }

    /// <summary>Opens the data of the last entry. The stream is valid until the next entry is read.</summary>
    public Stream Open(TarEntry entry) => new TarEntryStream(entry, ReadData, _archive);

    private TarEntry? ReadEntry(CancellationToken cancellationToken)
    {
        (string, bool)? longName = null, longLink = null;
        PaxRecords? pax = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var isExtended = pax is not null || longName is not null || longLink is not null;
            if (!SkipTo(_next, cancellationToken) || !TryReadBlock())
            {
                if (_endRequired || isExtended) throw CutOff();
                return null;
            }

            if (TarHeader.IsZero(_block))
            {
                if (isExtended) throw new InvalidDataException("it ends after an extended header");
                RequireEnd();
                HasEnd = true;
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
                        throw new InvalidDataException("a global extended header sets the name or the size of all entries");
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

    private void RequireEnd()
    {
        if (TryReadBlock())
        {
            if (!TarHeader.IsZero(_block)) throw new InvalidDataException("a header follows a block of zeros");
        }
        else if (_endRequired)
        {
            throw CutOff();
        }
    }

    private TarEntry MakeEntry(TarHeader header, PaxRecords? pax, (string Text, bool IsValid)? longName, (string Text, bool IsValid)? longLink)
    {
        var isValid = pax?.HasValidNames ?? true;
        var name = pax?.Name ?? Take(longName, ref isValid) ?? header.ReadName(ref isValid);
        var target = pax?.LinkTarget ?? Take(longLink, ref isValid) ?? header.ReadLinkTarget(ref isValid);
        var length = pax?.Length ?? header.Length;
        var (headerOffset, stamp) = (_position - TarHeader.Size, _stream.CanSeek ? header.Stamp : 0);
        var attributes = AttributesOf(header, pax);
        var kind = pax?.IsSparse == true ? TarEntryKind.Sparse : KindOf(header.Type, name);
        if (kind is not (TarEntryKind.HardLink or TarEntryKind.SymbolicLink)) target = "";

        // Readers differ in which of the two lengths they use, so they would see different entries.
        if (length != header.Length && length <= TarHeader.LongestLength) throw new InvalidDataException($"'{Digest.Shorten(name)}' has {header.Length} bytes according to its header, but {length} according to its extended header");

        // Readers differ in whether data follow these types, so they would see different entries after one.
        if (header.Type is >= '1' and <= '6' && length != 0) throw new InvalidDataException($"'{Digest.Shorten(name)}' is not a file, but its header specifies {length} bytes of data");
        for (var more = header.HasSparseMap; more; more = _block[504] != 0) ReadBlock();
        var entry = new TarEntry(name, kind, length, headerOffset, _position, stamp, target, attributes) { HasValidNames = isValid, Device = kind is TarEntryKind.CharacterDevice or TarEntryKind.BlockDevice ? header.Device : default };
        SetEnd(length);
        if (_dataEnd > _length)
            throw new InvalidDataException($"it is truncated: '{Digest.Shorten(name)}' has {length} bytes according to its header, but only {_length - _position} bytes follow");
        return entry;
    }

    private static string? Take((string Text, bool IsValid)? extended, ref bool isValid)
    {
        isValid &= extended?.IsValid ?? true;
        return extended?.Text;
    }

    private static TarAttributes AttributesOf(TarHeader header, PaxRecords? pax) =>
        new(header.Mode, pax?.UserId ?? header.UserId, pax?.GroupId ?? header.GroupId, pax?.Modified is { } time ? TimeOf(time) : TimeOf(header.Modified));

    private static DateTimeOffset? TimeOf(long? seconds) => seconds is { } value ? DateTimeOffset.FromUnixTimeSeconds(Math.Min(Math.Max(value, EarliestTime), LatestTime)) : null;

    private static DateTimeOffset TimeOf(decimal seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(0).AddTicks((long)(Math.Min(Math.Max(seconds, EarliestTime), LatestTime) * TimeSpan.TicksPerSecond));

    private static TarEntryKind KindOf(char type, string name) => type switch
    {
        '0' or '\0' or '7' => name.Length > 0 && name[name.Length - 1] == '/' ? TarEntryKind.Directory : TarEntryKind.File, // before POSIX, a trailing slash marked directories
        '5' => TarEntryKind.Directory,
        '1' => TarEntryKind.HardLink,
        '2' => TarEntryKind.SymbolicLink,
        'S' => TarEntryKind.Sparse,
        '3' => TarEntryKind.CharacterDevice,
        '4' => TarEntryKind.BlockDevice,
        '6' => TarEntryKind.Fifo,
        _ => TarEntryKind.Unknown,
    };

    private (string Text, bool IsValid) ReadName(long length)
    {
        var bytes = ReadExtension(length);
        var isValid = true;
        return (TarText.Read(bytes, 0, bytes.Length, ref isValid), isValid);
    }

    private byte[] ReadExtension(long length)
    {
        if (length > LongestExtension) throw new InvalidDataException($"a name or an extended header has {length} bytes, and the limit is {LongestExtension} bytes");
        SetEnd(length);
        var bytes = new byte[length];
        return Fill(bytes) == bytes.Length ? bytes : throw CutOff();
    }

    private void ReadBlock()
    {
        if (!TryReadBlock()) throw CutOff();
    }

    // Returns false at the end of the stream.
    private bool TryReadBlock()
    {
        var count = Fill(_block);
        if (count == 0) return false;
        if (count < _block.Length) throw CutOff();
        _dataEnd = _next = Math.Max(_next, _position);
        return true;
    }

    private int Fill(byte[] buffer)
    {
        var count = _stream.Fill(buffer, 0, buffer.Length);
        _position += count;
        return count;
    }

    private int ReadData(byte[] buffer, int offset, int count)
    {
        var read = _stream.Read(buffer, offset, count);
        _position += read;
        return read;
    }

    // Returns false when the archive ends in the padding after the data.
    private bool SkipTo(long offset, CancellationToken cancellationToken)
    {
        if (offset == _position) return true;
        if (_stream.CanSeek)
        {
            _position = _stream.Position = Math.Min(offset, _length);
            return offset <= _length;
        }

        while (_position < offset)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = (int)Math.Min(int.MaxValue, offset - _position);
            var skipped = _stream is ReadOnlyStream stream ? stream.Skip(count) : _stream.SkipByReading(count);
            _position += skipped;
            if (skipped == 0) return _position >= _dataEnd ? false : throw CutOff();
        }

        return true;
    }

    private void SetEnd(long length)
    {
        _dataEnd = checked(_position + length);
        _next = Padded(_dataEnd);
    }

    private static InvalidDataException CutOff() => new("it is truncated: its end is missing");

    private static long Padded(long offset) => checked(offset + TarHeader.Size - 1) / TarHeader.Size * TarHeader.Size;

    /// <summary>Reads the data of one entry from the stream of the reader.</summary>
    private sealed class TarEntryStream(TarEntry entry, Func<byte[], int, int, int> read, string archive) : ReadOnlyStream
    {
        private long _left = entry.Length;

        public override long Length => entry.Length;

        public override int Read(byte[] buffer, int offset, int count)
        {
            var count0 = (int)Math.Min(count, _left);
            if (count0 == 0) return 0;
            var done = read(buffer, offset, count0);
            if (done == 0) throw ArchiveErrors.Invalid(archive, $"it is truncated in '{Digest.Shorten(entry.Name)}'");
            _left -= done;
            return done;
        }
    }
}
