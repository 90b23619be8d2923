using System;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Model;

namespace OciLayout.Blobs;

/// <summary>
/// Hashes on another thread while the caller reads and writes. The number of buffers is fixed, so the memory is bounded:
/// <see cref="Rent"/> waits until a buffer was hashed.
/// </summary>
internal sealed class OverlappedHash : IDisposable
{
    private const int BufferSize = 256 * 1024;
    private const int BufferCount = 4;

    private readonly DigestAlgorithm _algorithm;
    private readonly IncrementalHash _hash;
    private readonly BlockingCollection<byte[]> _free = new(BufferCount);
    private readonly BlockingCollection<(byte[] Buffer, int Count)> _full = new(BufferCount);
    private readonly Task _worker;
    private int _made;

    /// <summary>Starts hashing with bytes that were already read.</summary>
    public OverlappedHash(DigestAlgorithm algorithm, byte[] start, int count)
    {
        _algorithm = algorithm;
        _hash = algorithm.CreateHash();
        _hash.AppendData(start, 0, count);
        _worker = Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Returns a buffer to fill. <see cref="Add"/> takes it back.</summary>
    public byte[] Rent(CancellationToken cancellationToken)
    {
        if (_made == BufferCount) return _free.Take(cancellationToken);
        _made++;
        return new byte[BufferSize];
    }

    /// <summary>Adds the next bytes. The caller must not use the buffer afterwards.</summary>
    public void Add(byte[] buffer, int count) => _full.Add((buffer, count));

    /// <summary>Returns the digest of all added bytes.</summary>
    public Digest Finish()
    {
        _full.CompleteAdding();
        _worker.GetAwaiter().GetResult();
        return Digest.FromHash(_hash, _algorithm);
    }

    private void Work()
    {
        foreach (var (buffer, count) in _full.GetConsumingEnumerable())
        {
            _hash.AppendData(buffer, 0, count);
            _free.Add(buffer);
        }
    }

    public void Dispose()
    {
        _full.CompleteAdding();
        _worker.GetAwaiter().GetResult();
        _full.Dispose();
        _free.Dispose();
        _hash.Dispose();
    }
}
