using System.Collections.Generic;

namespace OciLayout;

/// <summary>
/// The disk space that a store takes. <see cref="Size"/> is the sum of <see cref="OwnSize"/>, <see cref="SharedSize"/> and
/// <see cref="OrphanSize"/>. All sizes are file lengths in bytes.
/// </summary>
public sealed class StoreUsage
{
    /// <summary>Gets the size of all content and of abandoned uploads.</summary>
    public long Size { get; internal init; }

    /// <summary>Gets the size of content that garbage collection frees when the single tag that keeps it is deleted.</summary>
    public long OwnSize { get; internal init; }

    /// <summary>Gets the size of content that stays, whichever single tag is deleted.</summary>
    public long SharedSize => Size - OwnSize - OrphanSize;

    /// <summary>Gets the size that garbage collection frees now.</summary>
    public long OrphanSize { get; internal init; }

    /// <summary>Gets the number of files that garbage collection deletes now, abandoned uploads included.</summary>
    public int OrphanCount { get; internal init; }

    /// <summary>Gets the number of files in <c>blobs/</c>, manifests included.</summary>
    public int BlobCount { get; internal init; }

    /// <summary>Gets the number of manifests and indexes among them.</summary>
    public int ManifestCount { get; internal init; }

    /// <summary>Gets the number of needed digests that are not stored.</summary>
    public int MissingCount { get; internal init; }

    /// <summary>
    /// Gets the reason why garbage collection would refuse; null if it would not. If set, the orphan figures are those of a forced run.
    /// </summary>
    public OciException? Refusal { get; internal init; }

    /// <summary>Gets the manifests that could not be read.</summary>
    public IReadOnlyList<OciException> Problems { get; internal init; } = [];

    /// <summary>Gets the size of each stored digest, for comparing several stores.</summary>
    internal IReadOnlyDictionary<Digest, long> Blobs { get; init; } = new Dictionary<Digest, long>();
}
