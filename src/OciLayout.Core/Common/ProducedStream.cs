using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Common;

/// <summary>
/// Reads the bytes that another thread writes, at most a few blocks ahead. The blocks are used again, also by later streams. After all bytes
/// that were written, the next read throws an exception of that thread.
/// </summary>
internal sealed class ProducedStream : ReadOnlyStream
{
    // A change of threads costs as much as the decompression of some KiB.
    private const int BlockSize = 256 * 1024;
    private const int MostBlocks = 4;

    // A queue of the framework would cost more: its methods for this type are compiled in each process.
    private readonly object _lock = new();
    private readonly Queue<Block> _written = new();
    private readonly Stack<Block> _free = new();
    private readonly CancellationTokenSource _stop;
    private readonly Task _producer;
    private Block? _block;
    private int _at;
    private bool _isComplete;
    private Exception? _failure;

    /// <param name="produce">Writes the content.</param>
    /// <param name="cancellationToken">Stops the operation.</param>
    public ProducedStream(Action<Stream, CancellationToken> produce, CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _stop.Token.Register(Wake);
        _producer = Task.Factory.StartNew(() => Produce(produce), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var taken = Skip(count);
        if (taken > 0) Buffer.BlockCopy(_block!.Bytes, _at - taken, buffer, offset, taken);
        return taken;
    }

    public override int Skip(int count)
    {
        if ((_block is null || _at == _block.Count) && !TryTake()) return 0;
        var taken = Math.Min(count, _block!.Count - _at);
        _at += taken;
        return taken;
    }

    private bool TryTake()
    {
        lock (_lock)
        {
            if (_block is not null) _free.Push(_block);
            _block = null;
            while (_written.Count == 0 && !_isComplete) Monitor.Wait(_lock);
            if (_written.Count == 0)
            {
                if (_failure is not null) ExceptionDispatchInfo.Capture(_failure).Throw();
                return false;
            }

            (_block, _at) = (_written.Dequeue(), 0);
            Monitor.PulseAll(_lock);
            return true;
        }
    }

    private void Add(Block block)
    {
        lock (_lock)
        {
            while (_written.Count == MostBlocks && !_stop.IsCancellationRequested) Monitor.Wait(_lock);
            _stop.Token.ThrowIfCancellationRequested();
            _written.Enqueue(block);
            Monitor.PulseAll(_lock);
        }
    }

    private Block NewBlock()
    {
        lock (_lock)
        {
            if (_free.Count == 0) return new Block(ArrayPool<byte>.Shared.Rent(BlockSize));
            var block = _free.Pop();
            block.Count = 0;
            return block;
        }
    }

    private void Wake()
    {
        lock (_lock) Monitor.PulseAll(_lock);
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
            lock (_lock)
            {
                _isComplete = true;
                Monitor.PulseAll(_lock);
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stop.Cancel();
            _producer.GetAwaiter().GetResult();
            foreach (var block in _written.Concat(_free)) ArrayPool<byte>.Shared.Return(block.Bytes);
            if (_block is not null) ArrayPool<byte>.Shared.Return(_block.Bytes);
            _written.Clear();
            _free.Clear();
            _block = null;
            _stop.Dispose();
        }

        base.Dispose(disposing);
    }

    private sealed class Block(byte[] bytes)
    {
        public byte[] Bytes => bytes;

        public int Count { get; set; }
    }

    private sealed class Writer(ProducedStream owner) : WriteOnlyStream
    {
        private Block? _current;

        public override void Write(byte[] buffer, int offset, int count)
        {
            while (count > 0)
            {
                _current ??= owner.NewBlock();
                var taken = Math.Min(count, BlockSize - _current.Count);
                Buffer.BlockCopy(buffer, offset, _current.Bytes, _current.Count, taken);
                (offset, count) = (offset + taken, count - taken);
                _current.Count += taken;
                if (_current.Count == BlockSize) Complete();
            }
        }

        /// <summary>Passes the bytes of a block that is not full to the reader.</summary>
        public void Complete()
        {
            if (_current is null) return;
            owner.Add(_current);
            _current = null;
        }

        public override void Flush()
        {
        }
    }
}
