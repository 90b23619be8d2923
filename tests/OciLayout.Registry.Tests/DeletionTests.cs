using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for rule W10: a manifest of a repository is deleted with its referrers and tags.</summary>
public sealed class DeletionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task W10_A_manifest_is_deleted_with_its_referrers_lists_and_signatures(bool hasReferrers, bool deletesTagsFirst)
    {
        await using var server = await StartAsync(hasReferrers);
        server.Features.DeletesTagsFirst = deletesTagsFirst;
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var image = TestImage.Create();
        var referrer = TestImage.Create(seed: 2, subject: image.Descriptor);
        var second = TestImage.Create(seed: 3, subject: referrer.Descriptor);
        var other = TestImage.Create(seed: 4);
        await image.PushAsync(repository, "v1");
        await referrer.PushAsync(repository);
        await second.PushAsync(repository);
        await other.PushAsync(repository, "other");
        var signature = DigestTagTests.Attach(server, image.Descriptor, ".sig");
        var ofReferrer = DigestTagTests.Attach(server, referrer.Descriptor, ".att");
        var ofOther = DigestTagTests.Attach(server, other.Descriptor, ".sig");
        server.ClearLog();

        var plan = await repository.PlanDeletionAsync("v1", null, Cancellation);

        Assert.All(server.Log, r => Assert.Contains(r.Method, new[] { "GET", "HEAD" }));
        Assert.Equal(hasReferrers ? 0 : 2, plan.Items.Count(i => i.Reason == RemovalReason.FallbackIndex));
        Assert.Equal(
            new[] { signature, ofReferrer, referrer.Descriptor.Digest, second.Descriptor.Digest }.Order(),
            plan.Items.Where(i => i.Reason == RemovalReason.Referrer).Select(i => i.Digest).Order());
        Assert.Equal(image.Descriptor.Digest, plan.Items[^1].Digest);
        var deleted = new List<RemovedItem>();
        await repository.DeleteAsync(plan, new Observer<RemovedItem>(deleted.Add), Cancellation);
        Assert.Equal(plan.Items, deleted);
        var content = server.Content["team/app"];
        Assert.Equal(new[] { other.Descriptor.Digest.ToString(), ofOther.ToString() }.Order(), content.Manifests.Keys.Order());
        Assert.Equal(new[] { "other", $"sha256-{other.Descriptor.Digest.Encoded}.sig" }.Order(), content.Tags.Keys.Order());
    }

    [Fact]
    public async Task W10_Tags_that_were_not_named_are_deleted_only_by_force_or_by_digest()
    {
        await using var server = await StartAsync();
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1", "latest", "v1.0");
        server.Content.Add("team/app", TestImage.Create(seed: 2), "other");

        var error = await Reading.FailsAsync(OciErrorKind.ContentReferenced, () => repository.PlanDeletionAsync("v1", null, Cancellation));

        Assert.Contains("latest, v1.0", error.Message, StringComparison.Ordinal);
        string[] all = ["latest", "v1", "v1.0"];
        Assert.Equal(all, (await repository.PlanDeletionAsync("v1", new DeletionOptions { Force = true }, Cancellation)).Tags);
        Assert.Equal(all, (await repository.PlanDeletionAsync(image.Descriptor.Digest.ToString(), null, Cancellation)).Tags);
    }

    [Fact]
    public async Task W10_A_referrer_with_a_tag_is_refused_and_a_signature_with_another_tag_stays()
    {
        await using var server = await StartAsync();
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        var signature = DigestTagTests.Attach(server, image.Descriptor, ".sig");
        server.Content["team/app"].Tags["evidence"] = signature.ToString();

        Assert.Equal([image.Descriptor.Digest], (await repository.PlanDeletionAsync("v1", null, Cancellation)).Items.Select(i => i.Digest));

        server.Content.Add("team/app", TestImage.Create(seed: 2, subject: image.Descriptor), "sbom");
        var error = await Reading.FailsAsync(OciErrorKind.ContentReferenced, () => repository.PlanDeletionAsync("v1", null, Cancellation));
        Assert.Equal(["sbom"], error.Related);
    }

    [Fact]
    public async Task W10_Only_the_manifest_is_deleted_without_cascade()
    {
        await using var server = await StartAsync();
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        server.Content.Add("team/app", TestImage.Create(seed: 2, subject: image.Descriptor));
        DigestTagTests.Attach(server, image.Descriptor, ".sig");

        await repository.DeleteAsync(await repository.PlanDeletionAsync("v1", new DeletionOptions { Cascade = false }, Cancellation), null, Cancellation);

        Assert.Equal(2, server.Content["team/app"].Manifests.Count);
    }

    [Fact]
    public async Task W10_A_referrer_that_is_attached_after_the_plan_stops_the_deletion_of_its_subject()
    {
        await using var server = await StartAsync(hasReferrers: false);
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var image = TestImage.Create();
        await image.PushAsync(repository, "v1");
        await TestImage.Create(seed: 2, subject: image.Descriptor).PushAsync(repository);
        var plan = await repository.PlanDeletionAsync("v1", null, Cancellation);
        var late = TestImage.Create(seed: 3, subject: image.Descriptor);
        await late.PushAsync(repository);

        await Reading.FailsAsync(OciErrorKind.StoreBusy, () => repository.DeleteAsync(plan, null, Cancellation));

        Assert.Contains("v1", server.Content["team/app"].Tags.Keys);
        Assert.Equal([late.Descriptor.Digest], (await repository.GetReferrersAsync(image.Descriptor.Digest, null, Cancellation)).Select(r => r.Digest));
    }

    [Fact]
    public async Task W10_A_deletion_that_was_interrupted_is_completed_by_the_next()
    {
        await using var server = await StartAsync(hasReferrers: false);
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var image = TestImage.Create();
        await image.PushAsync(repository, "v1");
        await TestImage.Create(seed: 2, subject: image.Descriptor).PushAsync(repository);
        server.Faults.Add("DELETE", image.Descriptor.Digest.ToString(), Answers.Error(403, "DENIED"));

        await Reading.FailsAsync(OciErrorKind.Unauthorized, async () => await repository.DeleteAsync(await repository.PlanDeletionAsync("v1", null, Cancellation), null, Cancellation));
        await repository.DeleteAsync(await repository.PlanDeletionAsync("v1", null, Cancellation), null, Cancellation);

        Assert.Empty(server.Content["team/app"].Manifests);
        Assert.Empty(server.Content["team/app"].Tags);
    }

    [Fact]
    public async Task W10_A_digest_with_tags_is_deleted_where_tags_go_first()
    {
        await using var server = await StartAsync();
        server.Features.DeletesTagsFirst = true;
        using var registry = server.Client();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1", "latest");
        server.Content.Add("team/app", TestImage.Create(seed: 2), "other");

        await registry.GetRepository("team/app").DeleteAsync(image.Descriptor.Digest, Cancellation);

        Assert.Equal(["other"], server.Content["team/app"].Tags.Keys);
        Assert.Single(server.Content["team/app"].Manifests);
    }

    [Fact]
    public async Task W10_The_error_of_a_tag_names_the_tags_that_would_be_deleted_with_it()
    {
        await using var server = await StartAsync();
        server.Features.DeletesTags = false;
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        server.Content.Add("team/app", TestImage.Create(), "v1", "a", "b");
        server.Content.Add("team/app", TestImage.Create(seed: 2), "single");

        var error = await Reading.FailsAsync(OciErrorKind.UnsupportedOperation, () => repository.UntagAsync("v1", Cancellation));

        Assert.Contains("would delete the tags a, b, too", error.Message, StringComparison.Ordinal);
        Assert.Equal(["a", "b"], error.Related);
        Assert.Contains("no other tag", (await Reading.FailsAsync(OciErrorKind.UnsupportedOperation, () => repository.UntagAsync("single", Cancellation))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task W10_A_blob_is_not_deleted()
    {
        await using var server = await StartAsync();
        using var registry = server.Client();
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");

        await Reading.FailsAsync(OciErrorKind.UnsupportedOperation, () => registry.GetRepository("team/app").PlanDeletionAsync(image.LayerDescriptor.Digest.ToString(), null, Cancellation));
    }

    private static async Task<TestRegistry> StartAsync(bool hasReferrers = true)
    {
        var server = await TestRegistry.StartAsync();
        server.Features.HasReferrers = hasReferrers;
        return server;
    }
}
