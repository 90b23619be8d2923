using System;
using System.IO;
using System.Threading;
using OciLayout.Common;

namespace OciLayout.Registry;

/// <summary>Reads the body of a request and extends the timeout of the request with every block that is read.</summary>
internal sealed class RequestBodyStream(Stream source, CancellationTokenSource timer, TimeSpan idle, TimeSpan answer) : ReadOnlyStream
{
    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = source.Read(buffer, offset, count);
        try
        {
            timer.CancelAfter(read > 0 ? idle : answer);
        }
        catch (ObjectDisposedException)
        {
            // The answer arrived before the body was sent completely.
        }

        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) source.Dispose();
        base.Dispose(disposing);
    }
}
