using System;
using OciLayout.Archives;
using OciLayout.Images;
using OciLayout.Model;

namespace OciLayout;

/// <summary>A file of an image, as a container sees it or as one layer has it.</summary>
public sealed class ImageFile
{
    internal ImageFile(LayerEntry entry, ImageLayer layer, int number)
        : this("/" + entry.Path, layer, new ImageFileAttributes(entry.Tar, number))
    {
        IsBlockDevice = entry.Tar.Kind == TarEntryKind.BlockDevice;
        LinkTarget = entry.Tar.IsLink ? entry.Tar.LinkTarget : null;
        Device = Kind == ImageFileKind.Device ? entry.Tar.Device : default;
    }

    internal ImageFile(string absolutePath, ImageLayer layer, ImageFileAttributes attributes)
    {
        Number = attributes.Number;
        Path = absolutePath;
        Layer = layer;
        Kind = attributes.Kind;
        Size = attributes.Size;
        Mode = attributes.Mode;
        UserId = attributes.UserId;
        GroupId = attributes.GroupId;
        Modified = attributes.Modified;
    }

    /// <summary>The absolute path in the image, with slashes.</summary>
    public string Path { get; }

    /// <summary>The type.</summary>
    public ImageFileKind Kind { get; }

    /// <summary>The length of the content in bytes. Only a regular file has content; a hard link has the content of its target.</summary>
    public long Size { get; }

    /// <summary>The permission bits, with setuid, setgid and sticky.</summary>
    public int Mode { get; }

    /// <summary>The number of the owner.</summary>
    public long UserId { get; }

    /// <summary>The number of the group.</summary>
    public long GroupId { get; }

    /// <summary>The modification time; null when the layer has a malformed one.</summary>
    public DateTimeOffset? Modified { get; }

    /// <summary>The target of a symbolic link as it is stored, or the path of a hard link's target; null for other types.</summary>
    public string? LinkTarget { get; }

    /// <summary>The layer that has the file.</summary>
    public ImageLayer Layer { get; }

    /// <summary>The number of the entry in the layer, from 1.</summary>
    internal int Number { get; }

    /// <summary>Whether a device is a block device.</summary>
    public bool IsBlockDevice { get; }

    /// <summary>The major and minor number of a device.</summary>
    internal (long Major, long Minor) Device { get; }

    /// <summary>The SHA-256 hash of the content, of a hard link that of its target; null when it was not computed.</summary>
    internal Hash256? Content { get; set; }

    /// <summary>Returns the path.</summary>
    public override string ToString() => Path;
}
