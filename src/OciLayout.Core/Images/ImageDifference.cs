namespace OciLayout;

/// <summary>A difference between two images: a layer, a setting or a file.</summary>
public sealed class ImageDifference
{
    internal ImageDifference(ImageDifferenceKind kind, ImageChange change, string name, string? reference, string? difference)
    {
        Kind = kind;
        Change = change;
        Name = name;
        Reference = reference;
        Difference = difference;
    }

    /// <summary>The kind.</summary>
    public ImageDifferenceKind Kind { get; }

    /// <summary>The change from the reference image to the difference image.</summary>
    public ImageChange Change { get; }

    /// <summary>The digest of a layer, the name of a setting such as <c>Labels.maintainer</c>, or the path of a file.</summary>
    public string Name { get; }

    /// <summary>
    /// The reference image's digest of the layer, value of the setting, or attributes of the file; null when it does not have it. Of a changed
    /// file, only the attributes that differ. Of a layer at another position, the position.
    /// </summary>
    public string? Reference { get; }

    /// <summary>The same of the difference image.</summary>
    public string? Difference { get; }

    /// <summary>The number of bytes of the layer as it is stored, or of the content of the file; null for other differences.</summary>
    public long? Size { get; internal init; }

    /// <summary>The layer of the difference image, or of the reference image when it was removed; null for other differences.</summary>
    public ImageLayer? Layer { get; internal init; }

    /// <summary>The file of the difference image, or of the reference image when it was removed; null for other differences.</summary>
    public ImageFile? File { get; internal init; }

    /// <summary>Returns the change and the name.</summary>
    public override string ToString() => $"{Change} {Name}";
}
