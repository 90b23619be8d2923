using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for rules T1 to T3: which requests are sent again, and when.</summary>
public sealed class WaitingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(499)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(522)]
    public async Task T1_A_temporary_status_is_tried_again(int status)
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        server.Faults.Add("HEAD", "/manifests/", Answers.Status(status), times: 4);
        await repository.ResolveAsync("v1", Cancellation);
        server.Faults.Add("GET", "/blobs/", Answers.Status(status), times: 4);
        Assert.Equal(image.Layer, await repository.FetchBytesAsync(image.LayerDescriptor));
        server.Faults.Add("PUT", "/manifests/", Answers.Status(status), times: 4);
        await repository.PushManifestAsync(image.Manifest, null, "v2", Cancellation);
        server.Faults.Add("POST", "/uploads/", Answers.Status(status), times: 4);
        await TestImage.Create(seed: 3).PushAsync(repository, "v3");
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(405)]
    [InlineData(409)]
    [InlineData(501)]
    public async Task T1_Other_statuses_are_final(int status)
    {
        await using var server = await TestRegistry.StartAsync();
        server.Faults.Always("GET", "/manifests/", Answers.Status(status));
        using var registry = server.Client();
        await Assert.ThrowsAsync<OciException>(() => registry.GetRepository("team/app").GetManifestAsync("v1", Cancellation));
        Assert.Single(server.Log);
    }

    [Fact]
    public async Task T1_There_are_five_attempts_with_growing_waits()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Faults.Always("GET", "/manifests/", Answers.Status(503));
        var clock = new FakeClock();
        using var registry = server.Client(clock);
        var error = await Reading.FailsAsync(OciErrorKind.RegistryUnavailable, () => registry.GetRepository("team/app").GetManifestAsync("v1", Cancellation));
        Assert.Equal(503, error.Registry!.Status);
        Assert.Equal(5, server.Log.Count);
        Assert.Equal(4, clock.Waits.Count);
        for (var i = 0; i < 4; i++) Assert.InRange(clock.Waits[i].TotalSeconds, 0, 0.25 * Math.Pow(2, i + 1));
    }

    [Fact]
    public async Task T1_A_lost_answer_is_tried_again()
    {
        await using var server = await TestRegistry.StartAsync();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        server.Faults.Add("", "/", Answers.LoseAnswer, times: 2);
        using var registry = server.Client();
        await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);
    }

    [Fact]
    public async Task T1_A_host_that_cannot_be_reached_is_an_error_with_its_name()
    {
        string host;
        await using (var server = await TestRegistry.StartAsync()) host = server.Host;
        var clock = new FakeClock();
        using var registry = new OciRegistry(host, new RegistryOptions { UseStoredCredentials = false, Clock = clock });
        var error = await Reading.FailsAsync(OciErrorKind.RegistryUnavailable, () => registry.CheckAsync(Cancellation));
        Assert.Contains(host, error.Message, StringComparison.Ordinal);
        Assert.Equal((host, null), (error.Registry!.Host, error.Registry.Status));
        Assert.Single(clock.Waits);

        using var unknown = new OciRegistry("does-not-exist.invalid", new RegistryOptions { UseStoredCredentials = false, Clock = new FakeClock() });
        error = await Reading.FailsAsync(OciErrorKind.RegistryUnavailable, () => unknown.CheckAsync(Cancellation));
        Assert.Contains("does-not-exist.invalid", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task T1_A_registry_that_has_answered_gets_time_to_start_again()
    {
        var server = await TestRegistry.StartAsync();
        server.Content.Add("team/app", TestImage.Create(), "v1");
        var clock = new FakeClock();
        using var registry = server.Client(clock);
        await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);
        await server.DisposeAsync();

        await Reading.FailsAsync(OciErrorKind.RegistryUnavailable, () => registry.GetRepository("team/app").ResolveAsync("v2", Cancellation));

        Assert.Equal(4, clock.Waits.Count);
    }

    [Fact]
    public async Task T2_Retry_After_in_seconds_is_obeyed()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Content.Add("team/app", TestImage.Create(), "v1");
        server.Faults.Add("HEAD", "/manifests/", Answers.Status(429, "47"));
        var clock = new FakeClock();
        using var registry = server.Client(clock);
        var messages = new List<string>();
        registry.Client.Waiting = messages.Add;
        await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);
        Assert.InRange(clock.Waited.TotalSeconds, 47, 48);
        Assert.Matches($"^waiting 4[78] s for {server.Host} \\(rate limit\\)$", Assert.Single(messages));
    }

    [Theory]
    [InlineData(60, 60)]
    [InlineData(-60, 0)]
    public async Task T2_Retry_After_as_a_date_is_obeyed(int seconds, int expected)
    {
        await using var server = await TestRegistry.StartAsync();
        server.Content.Add("team/app", TestImage.Create(), "v1");
        var clock = new FakeClock();
        server.Faults.Add("HEAD", "/manifests/", (context, next) =>
        {
            // The clock of the server differs by an hour, and only its own dates count.
            var now = clock.UtcNow.AddHours(1);
            context.Response.Headers.Date = Answers.Date(now);
            return Answers.Status(503, Answers.Date(now.AddSeconds(seconds)))(context, next);
        });
        using var registry = server.Client(clock);
        await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);
        Assert.InRange(clock.Waited.TotalSeconds, expected, expected + 1);
    }

    [Theory]
    [InlineData("-5")]
    [InlineData("soon")]
    [InlineData("")]
    public async Task T2_Another_Retry_After_is_ignored(string value)
    {
        await using var server = await TestRegistry.StartAsync();
        server.Content.Add("team/app", TestImage.Create(), "v1");
        server.Faults.Add("HEAD", "/manifests/", Answers.Status(429, value));
        var clock = new FakeClock();
        using var registry = server.Client(clock);
        await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);
        Assert.InRange(clock.Waited.TotalSeconds, 0, 0.5);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task T2_A_longer_wait_than_permitted_is_an_error_at_once(int status)
    {
        await using var server = await TestRegistry.StartAsync();
        server.Faults.Always("", "/manifests/", Answers.Status(status, "3600"));
        var clock = new FakeClock();
        using var registry = server.Client(clock);
        var error = await Reading.FailsAsync(OciErrorKind.RateLimited, () => registry.GetRepository("team/app").ResolveAsync("v1", Cancellation));
        Assert.Contains("360", error.Message, StringComparison.Ordinal);
        Assert.Single(server.Log);
        Assert.Empty(clock.Waits);
    }

    [Fact]
    public async Task T3_A_limit_that_is_reached_is_only_noted()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Content.Add("team/app", TestImage.Create(), "v1");
        server.Faults.Always("", "/", Answers.Header("RateLimit-Remaining", "0;w=21600"));
        var clock = new FakeClock();
        using var registry = server.Client(clock);
        var notes = new List<string>();
        registry.Client.Noted = notes.Add;
        for (var i = 0; i < 3; i++) await registry.GetRepository("team/app").ResolveAsync("v1", Cancellation);
        Assert.Equal($"{server.Host} accepts no further requests within its rate limit.", Assert.Single(notes));
        Assert.Empty(clock.Waits);
        Assert.Equal(3, server.Log.Count(r => r.Method == "HEAD"));
    }

    [Fact]
    public async Task T2_An_upload_obeys_Retry_After()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Faults.Add("PUT", "/uploads/", Answers.Status(429, "20"));
        var clock = new FakeClock();
        using var registry = server.Client(clock);
        await TestImage.Create().PushAsync(registry.GetRepository("team/app"), "v1");
        Assert.InRange(clock.Waited.TotalSeconds, 20, 22);
    }

    [Fact]
    public async Task T2_All_workers_of_the_host_wait()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Content.Add("team/app", TestImage.Create(), "v1");
        var clock = new FakeClock { Blocks = true };
        using var registry = server.Client(clock);
        var repository = registry.GetRepository("team/app");
        await repository.ResolveAsync("v1", Cancellation);
        server.ClearLog();
        server.Faults.Add("HEAD", "/manifests/", Answers.Status(429, "30"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        List<Task> workers = [repository.ResolveAsync("v1", stop.Token)];
        await clock.FirstWait;
        workers.AddRange(Enumerable.Range(0, 50).Select(_ => repository.ResolveAsync("v1", stop.Token)));

        // Each call runs to the gate before it returns, because nothing before the gate is asynchronous.
        Assert.Equal(51, clock.Waits.Count);
        Assert.Single(server.Log);

        await stop.CancelAsync();
        foreach (var worker in workers) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => worker);
        Assert.Single(server.Log);
    }
}
