namespace OciLayout;

/// <summary>A file or packed directory of an artifact.</summary>
public sealed class ExpandItem
{
    internal ExpandItem(string title, Descriptor descriptor)
    {
        Title = title;
        Descriptor = descriptor;
    }

    /// <summary>The name: relative, with slashes, and valid on every system. A dot is the destination itself.</summary>
    public string Title { get; }

    /// <summary>The content.</summary>
    public Descriptor Descriptor { get; }

    /// <summary>Whether the content is the archive of a directory.</summary>
    public bool IsDirectory => IsPacked(Descriptor);

    internal static bool IsPacked(Descriptor descriptor) => descriptor.Annotations.TryGetValue(AnnotationKeys.Unpack, out var unpack) && unpack == "true";
}
