using System.Collections.Concurrent;

namespace OciLayout.Registry;

/// <summary>
/// The repositories of one registry that are known to have blobs, so that a push mounts them into another repository. Each blob has the
/// repository that was seen last. Kept in memory only. Thread-safe.
/// </summary>
internal sealed class BlobPlaces
{
    /// <summary>The number of blobs after which the knowledge is discarded. A mount that is not tried costs only an upload.</summary>
    private const int Limit = 100_000;

    private readonly ConcurrentDictionary<Digest, string> _repositories = new();
    private int _count;

    /// <summary>Remembers that a repository has a blob.</summary>
    public void Add(Digest blob, string repository)
    {
        if (_repositories.TryGetValue(blob, out var known) && known == repository) return;
        if (known is null && System.Threading.Interlocked.Increment(ref _count) > Limit)
        {
            _repositories.Clear();
            System.Threading.Interlocked.Exchange(ref _count, 1);
        }

        _repositories[blob] = repository;
    }

    /// <summary>Returns another repository that has a blob; null if none is known.</summary>
    public string? Find(Digest blob, string target) => _repositories.TryGetValue(blob, out var known) && known != target ? known : null;
}
