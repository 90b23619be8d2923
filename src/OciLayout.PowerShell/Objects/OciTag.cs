using System;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>A tag of a store and the content that it names.</summary>
public sealed class OciTag
{
    internal OciTag(OciPlaceInfo store, string tag, Descriptor core)
    {
        Store = store;
        Tag = tag;
        Core = core;
        Annotations = OciAnnotations.Of(core.Annotations.ContainsKey(AnnotationKeys.RefName) ? core.Annotations.Where(a => a.Key != AnnotationKeys.RefName).ToDictionary(a => a.Key, a => a.Value) : core.Annotations);
    }

    internal Descriptor Core { get; }

    /// <summary>The store of the tag.</summary>
    public OciPlaceInfo Store { get; }

    /// <summary>The tag.</summary>
    public string Tag { get; }

    /// <summary>The digest of the content that the tag names.</summary>
    public PSObject Digest => DigestText.Of(Core.Digest);

    /// <summary>The media type of the content that the tag names.</summary>
    public string MediaType => Core.MediaType;

    /// <summary>The length in bytes of the content that the tag names: of the manifest itself, not of its layers.</summary>
    public long Size => Core.Size;

    /// <summary>The annotations of the entry in <c>index.json</c>.</summary>
    public OciAnnotations Annotations { get; }

    /// <summary>With <c>-Detailed</c>: the creation time of the image, or of the newest image of an index.</summary>
    public DateTimeOffset? Created { get; internal set; }

    /// <summary>With <c>-Detailed</c>: the platforms of the images.</summary>
    public Platform[]? Platforms { get; internal set; }

    /// <summary>With <c>-Detailed</c>: the number of bytes of all configurations and layers, each digest once.</summary>
    public long? TotalSize { get; internal set; }

    /// <summary>Returns the tag.</summary>
    public override string ToString() => Tag;
}
