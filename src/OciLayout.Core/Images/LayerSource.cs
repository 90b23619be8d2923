using OciLayout.Common;

namespace OciLayout;

/// <summary>A file, a directory or a tar archive that becomes a layer of an image.</summary>
public sealed class LayerSource
{
    /// <summary>Names a source.</summary>
    /// <param name="path">An absolute path. A file whose name ends with <c>.tar</c>, <c>.tar.gz</c>, <c>.tgz</c> or <c>.tar.zst</c> is a layer as it is.</param>
    public LayerSource(string path) => Path = Guard.NotNull(path);

    /// <summary>The path.</summary>
    public string Path { get; }

    /// <summary>The directory in the image that receives the file, or the content of the directory.</summary>
    public string Target { get; init => field = Guard.NotNull(value); } = "/";

    /// <summary>The permission bits of all files; null to keep their own. A directory also gets the right to search where it has the right to read.</summary>
    public int? Mode { get; init; }

    /// <summary>The number of the owner.</summary>
    public long UserId { get; init; }

    /// <summary>The number of the group.</summary>
    public long GroupId { get; init; }

    /// <summary>Whether the base has the usual directories of Linux, so that the layer does not state them again.</summary>
    internal bool HasBase { get; init; }
}
