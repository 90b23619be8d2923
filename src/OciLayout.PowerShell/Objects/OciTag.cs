using System;
using System.Linq;
using System.Management.Automation;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>A tag of a store and the content that it names.</summary>
public sealed class OciTag
{
    private ImageSummary? _details;
    private bool _isRead;

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

    /// <summary>
    /// The type as the view shows it: the artifact type, or else the media type, without the prefix <c>application/</c>.
    /// </summary>
    public string Type => Display.ShortType(Core.ArtifactType, Core.MediaType);

    /// <summary>The length in bytes of the content that the tag names: of the manifest itself, not of its layers.</summary>
    public long Size => Core.Size;

    /// <summary>The annotations of the entry in <c>index.json</c>.</summary>
    public OciAnnotations Annotations { get; }

    /// <summary>
    /// The creation time of the image, or of the newest image of an index; null when it is not known. A tag of a layout reads it when it is
    /// used first, a tag of a registry only with <c>-Detailed</c>.
    /// </summary>
    public DateTimeOffset? Created => Details?.Created;

    /// <summary>The platforms of the images, read like <see cref="Created"/>.</summary>
    public OciPlatformList? Platforms => Details is { } details ? new OciPlatformList([.. details.Platforms]) : null;

    /// <summary>The number of bytes of all configurations and layers, each digest once, read like <see cref="Created"/>.</summary>
    public long? TotalSize => Details?.TotalSize;

    /// <summary>With <c>Set-OciTag -PassThru</c>: the digest that the tag named before, when the tag was moved.</summary>
    public PSObject? PreviousDigest { get; internal set; }

    /// <summary>The properties that manifests and configurations have; null when they cannot be read, or were not read from a registry.</summary>
    internal ImageSummary? Details
    {
        get
        {
            if (_isRead || Store is not OciStoreInfo) return _details;
            _isRead = true;
            try
            {
                _details = OciImage.SummarizeAsync(Store.Place, Core, CancellationToken.None).GetAwaiter().GetResult();
            }
            catch (Exception e) when (ErrorTable.Knows(e))
            {
                // A property has no error. Get-OciTag -Detailed reports it.
            }

            return _details;
        }
        set => (_details, _isRead) = (value, true);
    }

    /// <summary>Returns the tag.</summary>
    public override string ToString() => Tag;
}
