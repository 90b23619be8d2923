using System;
using System.Collections.Concurrent;
using System.IO;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Common;

/// <summary>
/// Reads the bytes that another thread writes, at most a few blocks ahead. The blocks are used again. After all bytes that were written, the
/// next read throws an exception of that thread.
/// </summary>
internal sealed class ProducedStream : ReadOnlyStream
{
    private const int BlockSize = 64 * 1024;
    private const int MostBlocks = 8;

    private readonly BlockingCollection<(byte[] Bytes, int Count)> _blocks = new(MostBlocks);
    private readonly ConcurrentQueue<byte[]> _free = new();
    private readonly CancellationTokenSource _stop;
    private readonly Task _producer;
    private (byte[] Bytes, int Count) _block = ([], 0);
    private int _at;
    private Exception? _failure;

    /// <param name="produce">Writes the content.</param>
    /// <param name="cancellationToken">Stops the operation.</param>
    public ProducedStream(Action<Stream, CancellationToken> produce, CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _producer = Task.Factory.StartNew(() => Produce(produce), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        while (_at == _block.Count)
        {
            if (!_blocks.TryTake(out var next, Timeout.Infinite))
            {
                if (_failure is not null) ExceptionDispatchInfo.Capture(_failure).Throw();
                return 0;
            }

            if (_block.Count > 0) _free.Enqueue(_block.Bytes);
            (_block, _at) = (next, 0);
        }

        var taken = Math.Min(count, _block.Count - _at);
        Buffer.BlockCopy(_block.Bytes, _at, buffer, offset, taken);
        _at += taken;
        return taken;
    }

    private void Produce(Action<Stream, CancellationToken> produce)
    {
        try
        {
            using var writer = new Writer(this);
            try
            {
                produce(writer, _stop.Token);
            }
            finally
            {
                writer.Complete();
            }
        }
        catch (Exception e)
        {
            _failure = e; // the reader throws it
        }
        finally
        {
            _blocks.CompleteAdding();
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stop.Cancel();
            _producer.GetAwaiter().GetResult();
            _blocks.Dispose();
            _stop.Dispose();
        }

        base.Dispose(disposing);
    }

    private sealed class Writer(ProducedStream owner) : WriteOnlyStream
    {
        private byte[] _bytes = new byte[BlockSize];
        private int _count;

        public override void Write(byte[] buffer, int offset, int count)
        {
            while (count > 0)
            {
                var taken = Math.Min(count, BlockSize - _count);
                Buffer.BlockCopy(buffer, offset, _bytes, _count, taken);
                (_count, offset, count) = (_count + taken, offset + taken, count - taken);
                if (_count == BlockSize) Complete();
            }
        }

        /// <summary>Passes the bytes of a block that is not full to the reader.</summary>
        public void Complete()
        {
            if (_count == 0) return;
            owner._blocks.Add((_bytes, _count), owner._stop.Token);
            if (!owner._free.TryDequeue(out var free)) free = new byte[BlockSize];
            (_bytes, _count) = (free, 0);
        }

        public override void Flush()
        {
        }
    }
}
