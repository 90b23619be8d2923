using System;
using OciLayout.Archives;

namespace OciLayout.Images;

/// <summary>The attributes of a file that is not a link.</summary>
internal readonly struct ImageFileAttributes
{
    private const long NoTime = -1;

    private readonly long _time; // in ticks of UTC
    private readonly ushort _mode;
    private readonly byte _kind;

    /// <param name="entry">The entry of the layer.</param>
    /// <param name="number">The number of the entry in the layer.</param>
    public ImageFileAttributes(TarEntry entry, int number)
    {
        Number = number;
        _kind = (byte)(entry.Kind switch
        {
            TarEntryKind.Directory => ImageFileKind.Directory,
            TarEntryKind.SymbolicLink => ImageFileKind.SymbolicLink,
            TarEntryKind.HardLink => ImageFileKind.HardLink,
            TarEntryKind.Fifo => ImageFileKind.Fifo,
            TarEntryKind.CharacterDevice or TarEntryKind.BlockDevice => ImageFileKind.Device,
            _ => ImageFileKind.File,
        });
        Size = Kind == ImageFileKind.File ? entry.Length : 0;
        UserId = entry.Attributes.UserId ?? 0;
        GroupId = entry.Attributes.GroupId ?? 0;
        _mode = (ushort)(entry.Attributes.Mode ?? 0);
        _time = entry.Attributes.Modified?.UtcTicks ?? NoTime;
    }

    public int Number { get; }

    public ImageFileKind Kind => (ImageFileKind)_kind;

    public long Size { get; }

    public long UserId { get; }

    public long GroupId { get; }

    public int Mode => _mode;

    public DateTimeOffset? Modified => _time == NoTime ? null : new DateTimeOffset(_time, TimeSpan.Zero);
}
