using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>A difference between two images: a layer, a setting or a file.</summary>
public sealed class OciImageDifference
{
    internal OciImageDifference(OciPlaceInfo store, Descriptor origin, Platform? platform, ImageDifference core)
    {
        Store = store;
        Origin = origin;
        Platform = platform;
        Core = core;
    }

    internal Descriptor Origin { get; }

    internal ImageDifference Core { get; }

    /// <summary>The store of the image that has it: of the difference image, or of the reference image when it was removed.</summary>
    public OciPlaceInfo Store { get; }

    /// <summary>The digest of the manifest of that image, or of that index.</summary>
    public PSObject Image => DigestText.Of(Origin.Digest);

    /// <summary>The platform of the images; null for a difference between two indexes.</summary>
    public Platform? Platform { get; }

    /// <summary>The kind: a layer, a setting or a file.</summary>
    public ImageDifferenceKind Kind => Core.Kind;

    /// <summary>The change from the reference image to the difference image.</summary>
    public ImageChange Change => Core.Change;

    /// <summary>The digest of a layer, the name of a setting such as <c>Labels.maintainer</c>, or the path of a file.</summary>
    public string Name => Core.Name;

    /// <summary>
    /// The digest, the value or the attributes in the reference image; null when it does not have it. Of a changed file, the attributes that
    /// differ.
    /// </summary>
    public string? Reference => Core.Reference;

    /// <summary>The digest, the value or the attributes in the difference image; null when it does not have it.</summary>
    public string? Difference => Core.Difference;

    /// <summary>The number of bytes of the layer as it is stored, or of the content of the file; null for other differences.</summary>
    public long? Size => Core.Size;

    /// <summary>Returns the change and the name, with characters that are not printable escaped.</summary>
    public override string ToString() => Display.Text(Core);
}
