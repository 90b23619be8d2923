using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Common;

/// <summary>A part of a file. Closes the file when it is disposed.</summary>
internal sealed class RangeStream : ReadOnlyStream
{
    private readonly Stream _file;
    private readonly long _length;
    private long _left;

    public RangeStream(Stream file, long offset, long length)
    {
        _file = file;
        _length = _left = length;
        file.Position = offset;
    }

    public override long Length => _length;

    public override bool IsReady => _left == 0 || _file is not ReadOnlyStream { IsReady: false };

    public override Task WaitAsync(CancellationToken cancellationToken) => _file is ReadOnlyStream waiting ? waiting.WaitAsync(cancellationToken) : Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = _file.Read(buffer, offset, (int)Math.Min(count, _left));
        _left -= read;
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _file.Dispose();
        base.Dispose(disposing);
    }
}
