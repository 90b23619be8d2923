using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Common;

/// <summary>Reports the number of bytes of each read.</summary>
internal sealed class MeteredStream(Stream source, Action<int> read) : ReadOnlyStream, IFileContent
{
    public override long Length => source.Length;

    public override long Position
    {
        get => source.Position;
        set => throw new NotSupportedException();
    }

    public override bool IsReady => source is not ReadOnlyStream { IsReady: false };

    public override Task WaitAsync(CancellationToken cancellationToken) => source is ReadOnlyStream waiting ? waiting.WaitAsync(cancellationToken) : Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count)
    {
        var got = source.Read(buffer, offset, count);
        read(got);
        return got;
    }

    public FileRange? Take(int most)
    {
        if ((source as IFileContent)?.Take(most) is not { } range) return null;
        read(range.Count);
        return range;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) source.Dispose();
        base.Dispose(disposing);
    }
}
