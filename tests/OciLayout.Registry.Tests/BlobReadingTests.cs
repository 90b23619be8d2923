using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for rules R3 and R4: how blobs are read and continued after a lost connection.</summary>
public sealed class BlobReadingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task R4_A_blob_that_is_cut_anywhere_is_continued_there()
    {
        const int Size = 300_000;
        const int BufferSize = 128 * 1024;
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(Size);
        server.Content.Add("team/app", image);
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        for (var cut = 0; cut < 50; cut++)
        {
            server.ClearLog();
            server.Faults.Add("GET", "/blobs/", Answers.CutAfter(Size * (long)cut / 50));
            Assert.Equal(image.Layer, await repository.FetchBytesAsync(image.LayerDescriptor));
            Assert.InRange(server.Log.Sum(r => r.SentBytes), Size, (Size * 1.05) + BufferSize);
            Assert.Equal(2, server.Log.Count);
        }
    }

    [Fact]
    public async Task R4_A_blob_whose_connection_is_reset_is_continued()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(300_000);
        server.Content.Add("team/app", image);
        using var registry = server.Client();
        for (var cut = 1; cut < 300_000; cut += 30_000)
        {
            server.Faults.Add("GET", "/blobs/", Answers.ResetAfter(cut));
            Assert.Equal(image.Layer, await registry.GetRepository("team/app").FetchBytesAsync(image.LayerDescriptor));
        }
    }

    [Fact]
    public async Task R4_Several_cuts_in_one_blob_are_continued()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(10 << 20);
        server.Content.Add("team/app", image);
        server.Faults.Add("GET", "/blobs/", Answers.CutAfter(1_500_000), times: 6);
        using var registry = server.Client();
        Assert.Equal(image.Layer, await registry.GetRepository("team/app").FetchBytesAsync(image.LayerDescriptor));
    }

    [Fact]
    public async Task R4_A_blob_that_makes_no_progress_ends_after_five_attempts()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(300_000);
        server.Content.Add("team/app", image);
        server.Faults.Always("GET", "/blobs/", Answers.CutAfter(1000));
        using var registry = server.Client();
        await Reading.FailsAsync(OciErrorKind.RegistryUnavailable, () => registry.GetRepository("team/app").FetchBytesAsync(image.LayerDescriptor));
        Assert.Equal(5, server.Log.Count);
    }

    [Fact]
    public async Task R4_A_registry_that_ignores_the_range_sends_all_again()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(300_000);
        server.Content.Add("team/app", image);
        server.Faults.Add("GET", "/blobs/", Answers.CutAfter(200_000));
        server.Faults.Always("GET", "/blobs/", Answers.IgnoreRange);
        using var registry = server.Client();
        Assert.Equal(image.Layer, await registry.GetRepository("team/app").FetchBytesAsync(image.LayerDescriptor));
        Assert.Equal(2, server.Log.Count);
    }

    [Theory]
    [InlineData("bytes 0-299999/300000")]
    [InlineData("bytes 200001-299999/300000")]
    [InlineData("bytes 200000-299999/300001")]
    [InlineData("bytes 200000-299999/*")]
    [InlineData(null)]
    public async Task R4_A_part_with_another_range_is_not_used(string? range)
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(300_000);
        server.Content.Add("team/app", image);
        server.Faults.Add("GET", "/blobs/", Answers.CutAfter(200_000));
        server.Faults.Add("GET", "/blobs/", Answers.Header("Content-Range", range));
        using var registry = server.Client();
        Assert.Equal(image.Layer, await registry.GetRepository("team/app").FetchBytesAsync(image.LayerDescriptor));
        Assert.Null(server.Log[^1].Header("Range"));
    }

    [Fact]
    public async Task R4_A_range_that_is_refused_starts_again()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(300_000);
        server.Content.Add("team/app", image);
        server.Faults.Add("GET", "/blobs/", Answers.CutAfter(200_000));
        server.Faults.Add("GET", "/blobs/", Answers.Status(416));
        using var registry = server.Client();
        Assert.Equal(image.Layer, await registry.GetRepository("team/app").FetchBytesAsync(image.LayerDescriptor));
        Assert.Equal(3, server.Log.Count);
    }

    [Fact]
    public async Task R3_A_complete_answer_that_is_shorter_is_not_continued()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(1000);
        server.Content.Add("team/app", image);
        server.Content["team/app"].Blobs[image.LayerDescriptor.Digest.ToString()] = TestImage.Bytes(999, 1);
        using var registry = server.Client();
        await Reading.FailsAsync(OciErrorKind.SizeMismatch, () => registry.GetRepository("team/app").FetchBytesAsync(image.LayerDescriptor));
        Assert.Single(server.Log);
    }

    [Fact]
    public async Task R3_Bytes_after_the_size_of_the_descriptor_are_not_read()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(1000);
        server.Content["team/app"].Blobs[image.LayerDescriptor.Digest.ToString()] = [.. image.Layer, .. new byte[100_000]];
        using var registry = server.Client();
        Assert.Equal(image.Layer, await registry.GetRepository("team/app").FetchBytesAsync(image.LayerDescriptor));
    }

    [Fact]
    public async Task R3_Other_bytes_are_a_digest_mismatch()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(1000);
        server.Content["team/app"].Blobs[image.LayerDescriptor.Digest.ToString()] = TestImage.Bytes(1000, 2);
        using var registry = server.Client();
        await Reading.FailsAsync(OciErrorKind.DigestMismatch, () => registry.GetRepository("team/app").FetchBytesAsync(image.LayerDescriptor));
    }

    [Fact]
    public async Task A_blob_is_opened_at_an_offset()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(300_000);
        server.Content.Add("team/app", image);
        using var registry = server.Client();
        var call = new OciLayout.Registry.BlobCall(new(registry.Client, RegistryReference.Parse($"oci://{server.Host}/team/app"), registry.Options));
        foreach (var (offset, answer) in new[] { (0, Answers.Normal), (1, Answers.Normal), (299_999, Answers.Normal), (300_000, Answers.Normal), (100_000, Answers.IgnoreRange), (100_000, Answers.CutAfter(1000)) })
        {
            server.Faults.Add("GET", "/blobs/", answer);
            await using var stream = await call.OpenAsync(image.LayerDescriptor, offset, Cancellation);
            using var rest = new MemoryStream();
            await stream.CopyToAsync(rest, Cancellation);
            Assert.Equal(image.Layer[offset..], rest.ToArray());
            server.Faults.Clear();
        }
    }

    [Fact]
    public async Task Cancellation_ends_a_read_that_waits_for_bytes()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(300_000);
        server.Content.Add("team/app", image);
        var stalled = new TaskCompletionSource();
        server.Faults.Add("GET", "/blobs/", async (context, _) =>
        {
            context.Response.Headers.ContentLength = 300_000;
            await context.Response.Body.WriteAsync(image.Layer.AsMemory(0, 1000));
            await context.Response.Body.FlushAsync();
            stalled.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using var registry = server.Client();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await using var stream = await registry.GetRepository("team/app").FetchAsync(image.LayerDescriptor, stop.Token);
        var reading = Task.Run(() => stream.CopyToAsync(Stream.Null, CancellationToken.None), Cancellation);
        await stalled.Task.WaitAsync(Cancellation);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task An_idle_connection_is_replaced()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create(300_000);
        server.Content.Add("team/app", image);
        server.Faults.Add("GET", "/blobs/", async (context, _) =>
        {
            context.Response.Headers.ContentLength = 300_000;
            await context.Response.Body.WriteAsync(image.Layer.AsMemory(0, 1000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using var registry = server.Client(change: o => o with { IdleTimeout = TimeSpan.FromSeconds(1) });
        Assert.Equal(image.Layer, await registry.GetRepository("team/app").FetchBytesAsync(image.LayerDescriptor));
    }
}
