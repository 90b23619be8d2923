using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Threading.Tasks;

namespace OciLayout.Common;

/// <summary>
/// Compresses blocks on all cores and joins them to one member of gzip (RFC 1952), because some readers stop after the first member. The
/// result does not depend on the number of cores or on the size of the writes.
/// </summary>
internal sealed class ParallelGzipStream : WriteOnlyStream
{
    private const int BlockSize = 1 << 20;

    private static readonly byte[] LastBlock = [3, 0]; // an empty block with fixed codes, marked as the last one
    private static readonly bool CanJoin = GzipBlock.CanJoin();

    private readonly Stream _target;
    private readonly Stream? _single;
    private readonly int _ahead = Environment.ProcessorCount + 1;
    private readonly Queue<Task<GzipBlock>> _running = new();
    private readonly Stack<GzipBlock> _unused = new();
    private GzipBlock? _block;
    private uint _checksum;
    private long _length;

    /// <param name="target">The stream that receives the compressed bytes. It is not closed.</param>
    public ParallelGzipStream(Stream target)
    {
        _target = target;
        if (CanJoin) target.Write(FixedGzipHeader.Bytes, 0, FixedGzipHeader.Bytes.Length);
        else _single = new GZipStream(new FixedGzipHeader(target), CompressionLevel.Optimal);
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        if (_single is not null)
        {
            _single.Write(buffer, offset, count);
            return;
        }

        while (count > 0)
        {
            _block ??= _unused.Count > 0 ? _unused.Pop() : new GzipBlock(BlockSize);
            var taken = _block.Add(buffer, offset, count);
            offset += taken;
            count -= taken;
            if (_block.IsFull) Start();
        }
    }

    /// <summary>Compresses the rest, and writes everything.</summary>
    public void Finish()
    {
        if (_single is not null)
        {
            _single.Dispose();
            return;
        }

        if (_block is not null) Start();
        while (_running.Count > 0) WriteNext();
        _target.Write(LastBlock, 0, LastBlock.Length);
        WriteNumber(_checksum);
        WriteNumber(unchecked((uint)_length));
    }

    public override void Flush()
    {
    }

    private void Start()
    {
        var block = _block!;
        _block = null;
        _running.Enqueue(Task.Run(() =>
        {
            block.Compress();
            return block;
        }));
        if (_running.Count >= _ahead) WriteNext();
    }

    private void WriteNext()
    {
        var block = _running.Dequeue().GetAwaiter().GetResult();
        block.WriteTo(_target);
        _checksum = Crc32.Combine(_checksum, block.Checksum, block.Length);
        _length += block.Length;
        block.Clear();
        _unused.Push(block);
    }

    private void WriteNumber(uint value) => _target.Write([(byte)value, (byte)(value >> 8), (byte)(value >> 16), (byte)(value >> 24)], 0, 4);
}
