using System;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>A file of an image.</summary>
public sealed class OciImageFile
{
    internal OciImageFile(OciPlaceInfo store, OciImage image, ImageFile core)
    {
        Store = store;
        Origin = image;
        Core = core;
    }

    internal OciImage Origin { get; }

    internal ImageFile Core { get; }

    /// <summary>The store of the image.</summary>
    public OciPlaceInfo Store { get; }

    /// <summary>The digest of the manifest of the image.</summary>
    public PSObject Image => DigestText.Of(Origin.Descriptor.Digest);

    /// <summary>The absolute path in the image.</summary>
    public string Path => Core.Path;

    /// <summary>The type.</summary>
    public ImageFileKind Kind => Core.Kind;

    /// <summary>The length of the content in bytes. Only a regular file has content; a hard link has the content of its target.</summary>
    public long Size => Core.Size;

    /// <summary>The type and the permissions as <c>ls</c> shows them. The property <c>Number</c> has the permission bits.</summary>
    public PSObject Mode => ModeText.Of(Core);

    /// <summary>The number of the owner.</summary>
    public long Uid => Core.UserId;

    /// <summary>The number of the group.</summary>
    public long Gid => Core.GroupId;

    /// <summary>The modification time; null when the layer has a malformed one.</summary>
    public DateTimeOffset? LastWriteTime => Core.Modified;

    /// <summary>The target of a link; null for other types.</summary>
    public string? LinkTarget => Core.LinkTarget;

    /// <summary>The digest of the layer that has the file.</summary>
    public PSObject Layer => DigestText.Of(Core.Layer.Descriptor.Digest);

    /// <summary>Returns the path.</summary>
    public override string ToString() => Core.Path;
}
