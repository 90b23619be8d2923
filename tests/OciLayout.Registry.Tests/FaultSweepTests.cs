using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests that one fault at any request of a push or a pull changes nothing about the result.</summary>
public sealed class FaultSweepTests
{
    private static readonly TestImage Image = TestImage.Create(5000);
    private static readonly TestImage Referrer = TestImage.Create(seed: 2, subject: Image.Descriptor);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The faults, with and without the referrers API.</summary>
    public static TheoryData<string, bool> Faults()
    {
        var data = new TheoryData<string, bool>();
        foreach (var fault in new[] { "lost answer", "closed", "reset", "408", "429", "500", "502", "503", "504", "expired" })
        {
            data.Add(fault, true);
            data.Add(fault, false);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task One_fault_in_a_push_is_overcome(string fault, bool hasReferrers)
    {
        for (var request = 0; ; request++)
        {
            await using var server = await StartAsync(hasReferrers);
            if (!await RunAsync(server, request, fault, PushAsync)) break;
            var stored = server.Content["team/app"];
            Assert.Equal(Image.Manifest, stored.FindManifest("v1")!.Value.Bytes);
            Assert.Equal(Referrer.Manifest, stored.FindManifest(Referrer.Descriptor.Digest.ToString())!.Value.Bytes);
            foreach (var blob in new[] { Image.Layer, Image.Config, Referrer.Layer, Referrer.Config }) Assert.Equal(blob, stored.Blobs[Digest.Compute(blob).ToString()]);
            if (!hasReferrers) Assert.Equal([Referrer.Descriptor.Digest], ListIn(stored));
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task One_fault_in_a_pull_is_overcome(string fault, bool hasReferrers)
    {
        for (var request = 0; ; request++)
        {
            await using var server = await StartAsync(hasReferrers);
            server.Content.Add("team/app", Image, "v1");
            server.Content.Add("team/app", Referrer);
            if (!hasReferrers) server.Content["team/app"].AddManifest(ListReadingTests.ListOf(Referrer.Descriptor), MediaTypes.ImageIndex, ListReadingTests.FallbackTagOf(Image));
            if (!await RunAsync(server, request, fault, PullAsync)) break;
        }
    }

    [Fact]
    public async Task Cancellation_at_any_request_ends_a_push()
    {
        for (var request = 0; ; request++)
        {
            await using var server = await StartAsync(hasReferrers: false);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            server.Faults.Add("", "/", Answers.Normal, request);
            server.Faults.Add("", "/", async (context, _) =>
            {
                await stop.CancelAsync();
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            });
            using var registry = server.Client();
            try
            {
                await PushAsync(registry.GetRepository("team/app"), stop.Token);
                break;
            }
            catch (OperationCanceledException)
            {
                Assert.True(stop.IsCancellationRequested);
            }
        }
    }

    private static async Task<TestRegistry> StartAsync(bool hasReferrers)
    {
        var server = await TestRegistry.StartAsync();
        server.Features.HasReferrers = hasReferrers;
        return server;
    }

    // Returns whether there was such a request.
    private static async Task<bool> RunAsync(TestRegistry server, int request, string fault, Func<OciRepository, CancellationToken, Task> run)
    {
        var clock = new FakeClock();
        var accounts = server.Accounts = new TestAccounts(clock);
        var reached = false;
        server.Faults.Add("", "/", Answers.Normal, request);
        server.Faults.Add("", "/", (context, next) =>
        {
            reached = true;
            if (fault == "expired") accounts.Revoke();
            return AnswerOf(fault)(context, next);
        });
        using var registry = server.Client(clock, o => o with { Credential = new(accounts.User, accounts.Password) });
        await run(registry.GetRepository("team/app"), Cancellation);
        return reached;
    }

    private static Answer AnswerOf(string fault) => fault switch
    {
        "lost answer" => Answers.LoseAnswer,
        "closed" => Answers.CutAfter(0),
        "reset" => Answers.ResetAfter(100),
        "429" => Answers.Status(429, "7"),
        "expired" => Answers.Normal,
        _ => Answers.Status(int.Parse(fault, System.Globalization.CultureInfo.InvariantCulture)),
    };

    private static async Task PushAsync(OciRepository repository, CancellationToken cancellationToken)
    {
        foreach (var image in new[] { Image, Referrer })
        {
            await repository.PushBlobAsync(image.LayerDescriptor, new MemoryStream(image.Layer), null, cancellationToken);
            await repository.PushBlobAsync(image.ConfigDescriptor, new MemoryStream(image.Config), null, cancellationToken);
            await repository.PushManifestAsync(image.Manifest, null, image == Image ? "v1" : null, cancellationToken);
        }
    }

    private static async Task PullAsync(OciRepository repository, CancellationToken cancellationToken)
    {
        Assert.Contains("v1", await repository.GetTagsAsync(null, cancellationToken));
        Assert.Equal(Image.Descriptor.Digest, (await repository.ResolveAsync("v1", cancellationToken)).Digest);
        var manifest = await repository.GetManifestAsync("v1", cancellationToken);
        Assert.Equal(Image.Layer, await repository.FetchBytesAsync(manifest.Layers[0]));
        Assert.Equal([Referrer.Descriptor.Digest], (await repository.GetReferrersAsync(Image.Descriptor.Digest, null, cancellationToken)).Select(d => d.Digest));
        Assert.True(await repository.ExistsAsync(Referrer.Descriptor.Digest, cancellationToken));
    }

    private static IEnumerable<Digest> ListIn(RegistryContent.Repository repository) =>
        Manifest.Parse(repository.FindManifest(ListReadingTests.FallbackTagOf(Image))!.Value.Bytes, MediaTypes.ImageIndex).Manifests.Select(m => m.Digest);
}
