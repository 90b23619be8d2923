using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Tests.Registry.Server;

/// <summary>The body of a request or an answer. Counts its bytes and calls an action when a limit is reached.</summary>
internal sealed class MeteredBody(Stream inner, Action<int> counted, long limit = long.MaxValue, Action? reached = null) : Stream
{
    private long _done;

    public override bool CanRead => inner.CanRead;

    public override bool CanSeek => false;

    public override bool CanWrite => inner.CanWrite;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_done >= limit) throw Reach();
        var read = await inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, limit - _done)], cancellationToken);
        _done += read;
        counted(read);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var part = buffer[..(int)Math.Min(buffer.Length, limit - _done)];
        _done += part.Length;
        counted(part.Length); // before the client can have read it
        await inner.WriteAsync(part, cancellationToken);
        if (_done < limit) return;
        await inner.FlushAsync(cancellationToken);
        throw Reach();
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private IOException Reach()
    {
        reached?.Invoke();
        return new IOException("The test cut the connection.");
    }
}
