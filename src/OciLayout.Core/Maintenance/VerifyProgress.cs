using System.Threading;

namespace OciLayout;

/// <summary>The progress of a verification. Thread-safe.</summary>
public sealed class VerifyProgress
{
    private long _bytes;
    private long _total;

    /// <summary>Gets the number of bytes hashed so far.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Gets the number of bytes to hash; 0 until it is known.</summary>
    public long TotalBytes => Interlocked.Read(ref _total);

    internal void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);

    internal void Expect(long total) => Interlocked.Exchange(ref _total, total);
}
