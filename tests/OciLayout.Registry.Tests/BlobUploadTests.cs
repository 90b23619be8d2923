using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Registry;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for rules W2 and W3: how blobs are uploaded.</summary>
public sealed class BlobUploadTests
{
    private const int ChunkSize = 100_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Task<bool> PushAsync(OciRegistry registry, byte[] blob, string? mountFrom = null)
    {
        var access = new RepositoryAccess(registry.Client, RegistryReference.Parse($"oci://{registry.Host}/team/app"), registry.Options);
        return new BlobUpload(access, new BlobCall(access)) { ChunkSize = ChunkSize }.PushAsync(TestImage.BlobOf(blob), () => new MemoryStream(blob), mountFrom, null, null, Cancellation);
    }

    private static void AssertStored(TestRegistry server, byte[] blob) => Assert.Equal(blob, server.Content["team/app"].Blobs[Digest.Compute(blob).ToString()]);

    private static IEnumerable<string> Methods(TestRegistry server) => server.Log.Select(r => r.Method);

    [Fact]
    public async Task W2_A_blob_is_a_POST_and_a_PUT_of_all_bytes()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var blob = TestImage.Bytes(2 << 20, 1);

        Assert.False(await PushAsync(registry, blob));

        AssertStored(server, blob);
        Assert.Equal(["POST", "PUT"], Methods(server));
        var put = server.Log[1];
        Assert.Equal(("2097152", "application/octet-stream", "100-continue"), (put.Header("Content-Length"), put.Header("Content-Type"), put.Header("Expect")));
        Assert.Contains("digest=sha256%3A", put.Query, StringComparison.Ordinal);
        Assert.Contains("_state=1&", put.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task W2_A_blob_of_a_known_repository_is_mounted()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var blob = TestImage.Bytes(1000, 1);
        server.Content["team/base"].AddBlob(blob);
        Assert.True(await PushAsync(registry, blob, "team/base"));
        AssertStored(server, blob);
        var request = Assert.Single(server.Log);
        Assert.Contains("from=team%2Fbase", request.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task W2_A_mount_that_becomes_a_session_is_used()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var blob = TestImage.Bytes(1000, 1);
        Assert.False(await PushAsync(registry, blob, "team/base"));
        AssertStored(server, blob);
        Assert.Equal(["POST", "PUT"], Methods(server));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(405)]
    public async Task W2_A_mount_that_is_refused_becomes_an_upload(int status)
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var blob = TestImage.Bytes(1000, 1);
        server.Faults.Add("POST", "/uploads/", Answers.Status(status));
        Assert.False(await PushAsync(registry, blob, "team/base"));
        AssertStored(server, blob);
        Assert.Equal("", server.Log[1].Query);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(204)]
    public async Task W2_Other_successes_are_successes(int status)
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        server.Faults.Add("PUT", "/uploads/", Answers.Status(status));
        Assert.False(await PushAsync(registry, TestImage.Bytes(1000, 1)));
        Assert.Equal(["POST", "PUT"], Methods(server));
    }

    [Fact]
    public async Task W2_Another_digest_in_the_answer_is_an_error()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        server.Faults.Add("PUT", "/uploads/", Answers.Header("Docker-Content-Digest", Digest.Compute(TestImage.Bytes(5, 5)).ToString()));
        await Reading.FailsAsync(OciErrorKind.DigestMismatch, () => PushAsync(registry, TestImage.Bytes(1000, 1)));
    }

    [Fact]
    public async Task W3_A_lost_answer_is_found_by_HEAD()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var blob = TestImage.Bytes(1000, 1);
        server.Faults.Add("PUT", "/uploads/", Answers.LoseAnswer);
        await PushAsync(registry, blob);
        AssertStored(server, blob);
        Assert.Equal(["POST", "PUT", "HEAD"], Methods(server));
    }

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(404)]
    [InlineData(416)]
    public async Task W3_A_failed_upload_is_repeated_in_a_new_session(int status)
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var blob = TestImage.Bytes(1000, 1);
        server.Faults.Add("PUT", "/uploads/", Answers.Status(status), times: 2);
        await PushAsync(registry, blob);
        AssertStored(server, blob);
        Assert.Equal(["POST", "PUT", "HEAD", "POST", "PUT", "HEAD", "POST", "PUT"], Methods(server));
    }

    [Fact]
    public async Task W3_Other_failures_are_final()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        server.Faults.Always("PUT", "/uploads/", Answers.Error(400, "BLOB_UPLOAD_INVALID", "blob upload invalid"));
        var error = await Reading.FailsAsync(OciErrorKind.RegistryError, () => PushAsync(registry, TestImage.Bytes(1000, 1)));
        Assert.Contains("blob upload invalid", error.Message, StringComparison.Ordinal);
        Assert.Equal(["POST", "PUT", "HEAD"], Methods(server));
    }

    [Fact]
    public async Task W3_An_upload_that_never_succeeds_ends_after_five_attempts()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        server.Faults.Always("PUT", "/uploads/", Answers.Status(500));
        await Reading.FailsAsync(OciErrorKind.RegistryUnavailable, () => PushAsync(registry, TestImage.Bytes(1000, 1)));
        Assert.Equal(5, Methods(server).Count(m => m == "PUT"));
    }

    [Fact]
    public async Task W3_A_large_upload_that_is_cut_is_continued()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var blob = TestImage.Bytes(12 << 20, 1);
        server.Faults.Add("PUT", "/uploads/", Answers.CutRequestAfter(7 << 20));
        await PushAsync(registry, blob);
        AssertStored(server, blob);
        Assert.Equal(["POST", "PUT", "HEAD", "GET", "PATCH", "PUT"], Methods(server).Where((m, i) => i == 0 || m != Methods(server).ElementAt(i - 1)));
        Assert.Equal($"{7 << 20}-{(7 << 20) + ChunkSize - 1}", server.Log[4].Header("Content-Range"));
    }

    [Fact]
    public async Task W3_A_registry_that_does_not_report_gets_all_bytes_again()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Features.ReportsUploads = false;
        using var registry = server.Client();
        var blob = TestImage.Bytes(12 << 20, 1);
        server.Faults.Add("PUT", "/uploads/", Answers.CutRequestAfter(7 << 20));
        await PushAsync(registry, blob);
        AssertStored(server, blob);
        Assert.Equal(["POST", "PUT", "HEAD", "GET", "POST", "PUT"], Methods(server));
    }

    [Fact]
    public async Task W3_A_body_that_is_too_large_is_sent_in_chunks()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var blob = TestImage.Bytes(150_000, 1);
        server.Features.LargestBody = ChunkSize;
        await PushAsync(registry, blob);
        AssertStored(server, blob);
        Assert.Equal(["POST", "PUT", "HEAD", "POST", "PATCH", "PATCH", "PUT"], Methods(server));
    }

    [Theory]
    [InlineData(201)]
    [InlineData(204)]
    public async Task W3_After_a_chunk_the_offset_is_what_was_sent(int status)
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var blob = TestImage.Bytes(150_000, 1);
        server.Features.LargestBody = ChunkSize;
        server.Faults.Always("PATCH", "/uploads/", async (context, next) =>
        {
            await next();
            context.Response.StatusCode = status; // and the range of ECR stands still
            context.Response.Headers.Range = "0-100";
        });
        await PushAsync(registry, blob);
        AssertStored(server, blob);
    }

    [Fact]
    public async Task W3_Chunks_with_a_wrong_digest_are_followed_by_one_whole_upload()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var blob = TestImage.Bytes(150_000, 1);
        server.Faults.Add("PUT", "/uploads/", Answers.Status(413));
        server.Faults.Add("PUT", "/uploads/", Answers.Error(400, "DIGEST_INVALID"));
        await PushAsync(registry, blob);
        AssertStored(server, blob);
        Assert.Equal(["POST", "PUT", "HEAD", "POST", "PATCH", "PATCH", "PUT", "HEAD", "POST", "PUT"], Methods(server));
    }

    [Fact]
    public async Task W3_An_expired_token_is_renewed_for_the_closing_request()
    {
        await using var server = await TestRegistry.StartAsync();
        var clock = new FakeClock();
        var accounts = server.Accounts = new TestAccounts(clock);
        using var registry = server.Client(clock, o => o with { Credential = new(accounts.User, accounts.Password) });
        var blob = TestImage.Bytes(1000, 1);
        server.Faults.Add("POST", "/uploads/", async (_, next) =>
        {
            await next();
            accounts.Revoke();
        });
        await PushAsync(registry, blob);
        AssertStored(server, blob);
    }

    [Fact]
    public async Task W7_A_cancelled_upload_deletes_its_session()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var deleted = new TaskCompletionSource();
        server.Faults.Add("PUT", "/uploads/", async (context, _) =>
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        server.Faults.Add("DELETE", "/uploads/", async (_, next) =>
        {
            await next();
            deleted.SetResult();
        });
        var blob = TestImage.Bytes(1000, 1);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => registry.GetRepository("team/app").PushBlobAsync(TestImage.BlobOf(blob), new MemoryStream(blob), null, stop.Token));
        await deleted.Task.WaitAsync(Cancellation);
        Assert.Empty(server.Content["team/app"].Uploads);
    }

    [Fact]
    public async Task W3_Chunks_are_as_large_as_the_registry_requires()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var blob = TestImage.Bytes(300_000, 1);
        server.Features.SmallestChunk = 250_000;
        server.Faults.Add("PUT", "/uploads/", Answers.Status(413));
        await PushAsync(registry, blob);
        AssertStored(server, blob);
        Assert.Equal([250_000, 50_000], server.Log.Where(r => r.Method == "PATCH").Select(r => r.ReceivedBytes));
    }

    [Fact]
    public async Task A_stream_is_sent_from_its_position()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var blob = TestImage.Bytes(12 << 20, 1);
        using var content = new MemoryStream([1, 2, 3, .. blob]) { Position = 3 };
        server.Faults.Add("PUT", "/uploads/", Answers.CutRequestAfter(7 << 20));
        await registry.GetRepository("team/app").PushBlobAsync(TestImage.BlobOf(blob), content, null, Cancellation);
        AssertStored(server, blob);
        Assert.Contains("PATCH", Methods(server));
    }
}
