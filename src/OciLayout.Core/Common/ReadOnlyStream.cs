using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Common;

/// <summary>A stream that is read once, from its start.</summary>
internal abstract class ReadOnlyStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Whether the next read returns without waiting for content that is still being received.</summary>
    public virtual bool IsReady => true;

    /// <summary>Waits until <see cref="IsReady"/>.</summary>
    public virtual Task WaitAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Skips bytes.</summary>
    /// <returns>The number of bytes skipped; fewer than <paramref name="count"/> are possible, and 0 only at the end.</returns>
    public virtual int Skip(int count) => this.SkipByReading(count);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
