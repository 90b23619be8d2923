using System;
using System.Collections.Concurrent;
using System.IO;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Common;

/// <summary>
/// Reads the bytes that another thread writes, at most a few blocks ahead. The next read throws an exception of that thread.
/// </summary>
internal sealed class ProducedStream : ReadOnlyStream
{
    private const int BlockSize = 64 * 1024;

    private readonly BlockingCollection<byte[]> _blocks = new(8);
    private readonly CancellationTokenSource _stop;
    private readonly Task _producer;
    private byte[] _block = [];
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
        while (_at == _block.Length)
        {
            if (!_blocks.TryTake(out var next, Timeout.Infinite))
            {
                if (_failure is not null) ExceptionDispatchInfo.Capture(_failure).Throw();
                return 0;
            }

            (_block, _at) = (next, 0);
        }

        var taken = Math.Min(count, _block.Length - _at);
        Buffer.BlockCopy(_block, _at, buffer, offset, taken);
        _at += taken;
        return taken;
    }

    private void Produce(Action<Stream, CancellationToken> produce)
    {
        try
        {
            using var buffered = new BufferedStream(new Writer(this), BlockSize);
            produce(buffered, _stop.Token);
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
        public override void Write(byte[] buffer, int offset, int count)
        {
            var block = new byte[count];
            Buffer.BlockCopy(buffer, offset, block, 0, count);
            owner._blocks.Add(block, owner._stop.Token);
        }

        public override void Flush()
        {
        }
    }
}
