using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;
using OciLayout.Registry;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for bodies of requests that the operating system sends from a file. Only the build for modern .NET can do that.</summary>
public sealed class FileSendingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    private FileStream Open(byte[] content)
    {
        var path = Path.Combine(_directory.Path, "content");
        File.WriteAllBytes(path, content);
        return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 1, useAsync: true);
    }

    private static Task<bool> PushAsync(OciRegistry registry, byte[] blob, Func<Stream> open, Action<long>? sent = null)
    {
        var access = new RepositoryAccess(registry.Client, RegistryReference.Parse($"oci://{registry.Host}/team/app"), registry.Options);
        return new BlobUpload(access, new BlobCall(access)).PushAsync(TestImage.BlobOf(blob), open, null, null, sent, Cancellation);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10_000)]
    [InlineData(3_000_001)]
    public async Task W2_A_file_is_sent_without_reading_it_into_the_process(int size)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows sends few files at the same time, so they are read.");
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var blob = TestImage.Bytes(size, 1);
        using var file = Open(blob);
        var reported = 0L;

        Assert.False(await PushAsync(registry, blob, () => new FileContent(file, canTake: true, canRead: false), count => reported += count));

        Assert.Equal(blob, server.Content["team/app"].Blobs[Digest.Compute(blob).ToString()]);
        Assert.Equal(size, reported);
    }

    [Fact]
    public async Task W2_With_encryption_a_file_is_read()
    {
        using var certificate = new TestCertificate();
        await using var server = await TestRegistry.StartAsync(certificate);
        using var registry = server.Client(change: o => o with { SkipCertificateCheck = true });
        var blob = TestImage.Bytes(3_000_001, 1);
        using var file = Open(blob);

        Assert.False(await PushAsync(registry, blob, () => new FileContent(file, canTake: false, canRead: true)));

        Assert.Equal(blob, server.Content["team/app"].Blobs[Digest.Compute(blob).ToString()]);
    }

    [Fact]
    public async Task A_file_that_became_shorter_ends_the_request()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows sends few files at the same time, so they are read.");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var connection = await PlainConnection.ConnectAsync(new DnsEndPoint("localhost", port), Cancellation);
        using var file = Open(TestImage.Bytes(1000, 1));
        var memory = new FileMemory(new FileRange(file, 0, 1000)).Memory;
        file.SetLength(999);

        var error = await Assert.ThrowsAsync<IOException>(async () => await connection.WriteAsync(memory, Cancellation));

        Assert.Contains("ends before", error.Message, StringComparison.Ordinal);
        Assert.Throws<IOException>(() => memory.Span.Length);
    }

    [Fact]
    public async Task A_canceled_send_ends()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows sends few files at the same time, so they are read.");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var connection = await PlainConnection.ConnectAsync(new DnsEndPoint("localhost", port), Cancellation);
        using var file = Open([]);
        file.SetLength(1 << 30); // more than the buffers of both ends. The peer does not read it
        using var stop = new CancellationTokenSource();

        var sending = connection.WriteAsync(new FileMemory(new FileRange(file, 0, 1 << 30)).Memory, stop.Token).AsTask();
        Assert.False(sending.IsCompleted);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task Another_stream_receives_the_bytes_of_the_file()
    {
        var content = TestImage.Bytes(100_000, 1);
        using var file = Open(content);
        var target = new MemoryStream();

        await target.WriteAsync(new FileMemory(new FileRange(file, 10, 99_000)).Memory.Slice(5), Cancellation);

        Assert.Equal(content.AsSpan(15, 98_995).ToArray(), target.ToArray());
    }

    private sealed class FileContent(FileStream file, bool canTake, bool canRead) : ReadOnlyStream, IFileContent
    {
        private long _position;

        public override long Position => _position;

        public override long Length => file.Length;

        public FileRange? Take(int most)
        {
            Assert.True(canTake);
            var count = (int)Math.Min(most, file.Length - _position);
            if (count == 0) return null;
            _position += count;
            return new FileRange(file, _position - count, count);
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = RandomAccess.Read(file.SafeFileHandle, buffer.AsSpan(offset, count), _position);
            Assert.True(canRead || read == 0);
            _position += read;
            return read;
        }
    }
}
