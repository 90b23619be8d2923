using System.Collections.Generic;

namespace OciLayout;

/// <summary>The disk space that a tag keeps. All sizes are file lengths in bytes. Content that is not stored counts as 0.</summary>
public sealed class TagUsage
{
    internal TagUsage(string tag, Digest digest)
    {
        Tag = tag;
        Digest = digest;
    }

    /// <summary>Gets the tag.</summary>
    public string Tag { get; }

    /// <summary>Gets the digest that the tag names.</summary>
    public Digest Digest { get; }

    /// <summary>Gets the size of the content that this tag keeps if it is the only tag: everything below it, with referrers.</summary>
    public long Size { get; internal init; }

    /// <summary>Gets the size that garbage collection frees if this tag, and no other, is deleted.</summary>
    public long OwnSize { get; internal init; }

    /// <summary>Gets the size that other tags keep, too.</summary>
    public long SharedSize => Size - OwnSize;

    /// <summary>Gets the number of files in <c>blobs/</c> that the tag keeps, manifests included.</summary>
    public int BlobCount { get; internal init; }

    /// <summary>Gets the number of manifests and indexes among them.</summary>
    public int ManifestCount { get; internal init; }

    /// <summary>
    /// Gets the number of needed digests that are not stored: foreign layers, platforms left out of a sparse copy, lost content.
    /// </summary>
    public int MissingCount { get; internal init; }

    /// <summary>Gets the manifests that could not be read. Content that only they reference is not counted.</summary>
    public IReadOnlyList<OciException> Problems { get; internal init; } = [];
}
