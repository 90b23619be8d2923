using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using System.Threading.Tasks;

namespace OciLayout.Bench;

/// <summary>The network that a relay simulates.</summary>
/// <param name="Delay">The time from a request to its answer that the network adds.</param>
/// <param name="UploadBytesPerSecond">The speed of uploads of each connection; 0 for no limit.</param>
/// <param name="CutAfter">The number of bytes to the client after which a connection is closed; 0 for never.</param>
internal sealed record RelaySettings(TimeSpan Delay = default, long UploadBytesPerSecond = 0, long CutAfter = 0);

/// <summary>Forwards connections on a loopback port to another port.</summary>
internal sealed class Relay : IDisposable
{
    private const int BlockSize = 64 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly RelaySettings _settings;

    public Relay(int target, RelaySettings settings)
    {
        (_target, _settings) = (target, settings);
        _listener.Start(512);
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Stop();

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ForwardAsync(await _listener.AcceptSocketAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The relay is disposed.
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        using (client)
        using (var server = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            try
            {
                client.NoDelay = server.NoDelay = true;
                await server.ConnectAsync(IPAddress.Loopback, _target);
                await Task.WhenAny(CopyAsync(client, server, _settings.UploadBytesPerSecond, 0), CopyAsync(server, client, 0, _settings.CutAfter));
            }
            catch (SocketException)
            {
                // One side ended the connection.
            }
        }
    }

    // Half of the delay in each direction. Blocks are in flight at the same time, so the delay does not limit the speed.
    private async Task CopyAsync(Socket from, Socket to, long speed, long cutAfter)
    {
        var blocks = Channel.CreateBounded<(byte[] Bytes, int Count, long Due)>(256);
        var reading = ReadAsync();
        try
        {
            var total = 0L;
            var begun = System.Diagnostics.Stopwatch.StartNew();
            await foreach (var (bytes, count, due) in blocks.Reader.ReadAllAsync())
            {
                var wait = due - Environment.TickCount64;
                if (wait > 0) await Task.Delay((int)wait);
                var left = cutAfter > 0 ? (int)Math.Min(count, cutAfter - total) : count;
                for (var done = 0; done < left;) done += await to.SendAsync(bytes.AsMemory(done, left - done));
                System.Buffers.ArrayPool<byte>.Shared.Return(bytes);
                total += left;
                if (cutAfter > 0 && total >= cutAfter) return;
                var early = speed == 0 ? 0 : total * 1000 / speed - begun.ElapsedMilliseconds;
                if (early > 10) await Task.Delay((int)early);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // One side ended the connection.
        }

        async Task ReadAsync()
        {
            try
            {
                while (true)
                {
                    var bytes = System.Buffers.ArrayPool<byte>.Shared.Rent(BlockSize);
                    var count = await from.ReceiveAsync(bytes.AsMemory(0, BlockSize));
                    if (count == 0) break;
                    await blocks.Writer.WriteAsync((bytes, count, Environment.TickCount64 + (long)(_settings.Delay.TotalMilliseconds / 2)));
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // One side ended the connection.
            }

            blocks.Writer.TryComplete();
        }
    }
}
