using System.Threading;

namespace OciLayout;

/// <summary>How a layout is verified.</summary>
public sealed record VerifyOptions
{
    /// <summary>Leaves out hashing what is no manifest: lengths are compared only.</summary>
    public bool Quick { get; init; }

    /// <summary>The largest manifest that is read, in bytes.</summary>
    public long ManifestSizeLimit { get; init; } = new OciStoreOptions().ManifestSizeLimit;

    /// <summary>Told how far the work has come.</summary>
    public VerifyProgress? Progress { get; init; }
}

/// <summary>How far verification has come; other threads may ask.</summary>
public sealed class VerifyProgress
{
    private long _bytes;
    private long _total;

    /// <summary>The bytes that were hashed.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The bytes that there are to hash; 0 while that is not known.</summary>
    public long TotalBytes => Interlocked.Read(ref _total);

    internal void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);

    internal void Expect(long total) => Interlocked.Exchange(ref _total, total);
}
