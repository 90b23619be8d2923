using System.Collections.Generic;

namespace OciLayout;

/// <summary>What a tag keeps. All sizes are lengths of files, in bytes; what is not stored counts nothing.</summary>
public sealed class TagUsage
{
    internal TagUsage(string tag, Digest digest)
    {
        Tag = tag;
        Digest = digest;
    }

    /// <summary>The tag.</summary>
    public string Tag { get; }

    /// <summary>What it names.</summary>
    public Digest Digest { get; }

    /// <summary>The bytes that stay for this tag alone, were it the only one: what it names, all below, and what is attached to any of it.</summary>
    public long Size { get; internal init; }

    /// <summary>The bytes that garbage collection frees after this tag, and no other one, was taken away.</summary>
    public long OwnSize { get; internal init; }

    /// <summary>The bytes that other tags keep, too.</summary>
    public long SharedSize => Size - OwnSize;

    /// <summary>How many files of <c>blobs/</c> it keeps, manifests included.</summary>
    public int BlobCount { get; internal init; }

    /// <summary>How many of them are manifests or indexes.</summary>
    public int ManifestCount { get; internal init; }

    /// <summary>How many digests it needs that are not stored: foreign layers, platforms of a sparse copy, losses.</summary>
    public int MissingCount { get; internal init; }

    /// <summary>The manifests that cannot be read; what they point at is not in the figures.</summary>
    public IReadOnlyList<OciException> Problems { get; internal init; } = [];
}

/// <summary>What a store holds, and for whom. <see cref="Size"/> is the sum of what one tag keeps, what several do, and what nobody does.</summary>
public sealed class StoreUsage
{
    /// <summary>The bytes of all content, and of abandoned uploads.</summary>
    public long Size { get; internal init; }

    /// <summary>The bytes that go with some one tag.</summary>
    public long OwnSize { get; internal init; }

    /// <summary>The bytes that stay, whatever single tag goes.</summary>
    public long SharedSize => Size - OwnSize - OrphanSize;

    /// <summary>The bytes that garbage collection frees now.</summary>
    public long OrphanSize { get; internal init; }

    /// <summary>How many files that are, abandoned uploads included.</summary>
    public int OrphanCount { get; internal init; }

    /// <summary>How many files there are in <c>blobs/</c>, manifests included.</summary>
    public int BlobCount { get; internal init; }

    /// <summary>How many of them are manifests or indexes.</summary>
    public int ManifestCount { get; internal init; }

    /// <summary>How many digests are needed and not stored.</summary>
    public int MissingCount { get; internal init; }

    /// <summary>Why garbage collection would refuse unless it is forced; the orphans are those of a forced one then.</summary>
    public OciException? Refusal { get; internal init; }

    /// <summary>The manifests that cannot be read.</summary>
    public IReadOnlyList<OciException> Problems { get; internal init; } = [];

    /// <summary>All content with its length, for comparing several stores.</summary>
    public IReadOnlyDictionary<Digest, long> Blobs { get; internal init; } = new Dictionary<Digest, long>();
}
