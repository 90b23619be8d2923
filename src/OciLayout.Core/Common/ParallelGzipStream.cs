using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Threading.Tasks;

namespace OciLayout.Common;

/// <summary>
/// Compresses blocks on all cores. Each block is a member of the gzip stream (RFC 1952, section 2.2), so the result does not depend on the
/// number of cores or on the size of the writes. Empty content has no member, as with the stream of the framework.
/// </summary>
internal sealed class ParallelGzipStream(Stream target) : WriteOnlyStream
{
    private const int BlockSize = 1 << 20;

    private readonly int _ahead = Environment.ProcessorCount + 1;
    private readonly Queue<Task<MemoryStream>> _running = new();
    private byte[] _block = new byte[BlockSize];
    private int _count;

    public override void Write(byte[] buffer, int offset, int count)
    {
        while (count > 0)
        {
            var taken = Math.Min(count, BlockSize - _count);
            Buffer.BlockCopy(buffer, offset, _block, _count, taken);
            _count += taken;
            offset += taken;
            count -= taken;
            if (_count == BlockSize) Start();
        }
    }

    /// <summary>Compresses the rest, and writes everything. The target is not closed.</summary>
    public void Finish()
    {
        if (_count > 0) Start();
        while (_running.Count > 0) WriteNext();
    }

    public override void Flush()
    {
    }

    private void Start()
    {
        var (block, count) = (_block, _count);
        _running.Enqueue(Task.Run(() => Compress(block, count)));
        _block = new byte[BlockSize];
        _count = 0;
        if (_running.Count >= _ahead) WriteNext();
    }

    private void WriteNext()
    {
        using var compressed = _running.Dequeue().GetAwaiter().GetResult();
        target.Write(compressed.GetBuffer(), 0, (int)compressed.Length);
    }

    private static MemoryStream Compress(byte[] block, int count)
    {
        var compressed = new MemoryStream(count / 2);
        using (var gzip = new GZipStream(new FixedGzipHeader(compressed), CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(block, 0, count);
        return compressed;
    }
}
