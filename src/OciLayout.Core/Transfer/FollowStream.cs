using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;

namespace OciLayout.Transfer;

/// <summary>Reads a spool file while it is being written. A read returns only bytes that may be sent.</summary>
/// <param name="spool">The spool file.</param>
/// <param name="file">The same file, opened for reading.</param>
/// <param name="length">The length of the complete content in bytes.</param>
internal sealed class FollowStream(SpoolFile spool, FileStream file, long length) : ReadOnlyStream, IFileContent
{
    public override long Length => length;

    public override long Position
    {
        get => file.Position;
        set => file.Position = value;
    }

    public override bool IsReady => file.Position >= length || spool.Available > file.Position;

    public override Task WaitAsync(CancellationToken cancellationToken) => spool.WaitAsync(file.Position, cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => file.Read(buffer, offset, (int)Math.Min(count, spool.Available - file.Position));

    public FileRange? Take(int most)
    {
        var offset = file.Position;
        var count = (int)Math.Min(most, spool.Available - offset);
        if (count <= 0) return null;
        file.Position = offset + count;
        return new FileRange(file, offset, count);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) file.Dispose();
        base.Dispose(disposing);
    }
}
