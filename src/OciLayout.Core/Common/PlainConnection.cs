#if !NETSTANDARD2_0
using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Common;

/// <summary>
/// A TCP connection that sends parts of files with the operating system (sendfile), which takes a tenth of the processor time of reading and
/// sending them. With encryption, a stream that encrypts writes to it, and no parts of files arrive here.
/// </summary>
internal sealed class PlainConnection(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    /// <summary>Connects to a host.</summary>
    public static async ValueTask<Stream> ConnectAsync(DnsEndPoint host, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, cancellationToken).ConfigureAwait(false);
            return new PlainConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        MemoryMarshal.TryGetMemoryManager<byte, FileMemory>(buffer, out var file, out var start, out var count)
            ? new ValueTask(SendAsync(file.Range with { Offset = file.Range.Offset + start, Count = count }, cancellationToken))
            : base.WriteAsync(buffer, cancellationToken);

    /// <summary>Returns the error for a file that became shorter while it was sent.</summary>
    public static IOException Shortened(FileRange range) => new($"The file ends before the byte {range.Offset + range.Count}.");

    // A canceled send would leave an unknown part of the bytes behind, so the connection ends.
    private async Task SendAsync(FileRange range, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var sent = new TaskCompletionSource(); // another thread for each part would delay the next one
        using var operation = new SocketAsyncEventArgs { SendPacketsElements = [new SendPacketsElement(range.File, range.Offset, range.Count)] };
        operation.Completed += (_, _) => sent.SetResult();
        using (cancellationToken.Register(Socket.Dispose))
        {
            if (Socket.SendPacketsAsync(operation)) await sent.Task.ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (operation.SocketError == SocketError.Success && operation.BytesTransferred == range.Count) return;
        // The next attempt opens the file again and reports its size.
        throw RandomAccess.GetLength(range.File.SafeFileHandle) < range.Offset + range.Count ? Shortened(range)
            : new IOException("The connection was lost.", new SocketException((int)operation.SocketError));
    }
}
#endif
