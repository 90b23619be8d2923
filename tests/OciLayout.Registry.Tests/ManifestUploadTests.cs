using System;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for rules W5, W6, W9 and W10: how manifests, tags and lists of referrers are written and deleted.</summary>
public sealed class ManifestUploadTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<(TestRegistry Server, TestImage Image)> StartAsync(bool hasReferrers = true)
    {
        var server = await TestRegistry.StartAsync();
        server.Features.HasReferrers = hasReferrers;
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        return (server, image);
    }

    private static Task<System.Collections.Generic.IReadOnlyList<Descriptor>> ReferrersAsync(OciRepository repository, TestImage image) =>
        repository.GetReferrersAsync(image.Descriptor.Digest, null, Cancellation);

    [Fact]
    public async Task W5_A_manifest_is_put_under_its_tag_or_its_digest_with_its_bytes()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var image = TestImage.Create();
        await image.PushAsync(repository, "v1");
        await repository.PushManifestAsync(image.Manifest, null, null, Cancellation);
        var puts = server.Log.Where(r => r.Method == "PUT" && r.Path.Contains("/manifests/", StringComparison.Ordinal)).ToList();
        Assert.Equal(["/v2/team/app/manifests/v1", "/v2/team/app/manifests/" + image.Descriptor.Digest], puts.Select(r => r.Path));
        Assert.All(puts, r => Assert.Equal(MediaTypes.ImageManifest, r.Header("Content-Type")));
        Assert.Equal(image.Manifest, server.Content["team/app"].FindManifest("v1")!.Value.Bytes);
    }

    [Fact]
    public async Task W5_A_manifest_without_its_blobs_is_refused_by_the_registry()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var error = await Reading.FailsAsync(OciErrorKind.RegistryError, () => registry.GetRepository("team/app").PushManifestAsync(TestImage.Create().Manifest, null, "v1", Cancellation));
        Assert.Equal("MANIFEST_BLOB_UNKNOWN", error.Registry!.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("../../other/manifests/x")]
    [InlineData("v1?x")]
    [InlineData("sha256:12")]
    public async Task W5_A_tag_that_is_not_valid_sends_no_request(string tag)
    {
        var (server, image) = await StartAsync();
        await using var stop = server;
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        await Reading.FailsAsync(OciErrorKind.InvalidReference, () => repository.PushManifestAsync(image.Manifest, null, tag, Cancellation));
        await Reading.FailsAsync(OciErrorKind.InvalidReference, () => repository.TagAsync("v1", tag, Cancellation));
        await Reading.FailsAsync(OciErrorKind.InvalidReference, () => repository.ResolveAsync(tag, Cancellation));
        await Reading.FailsAsync(OciErrorKind.InvalidReference, () => repository.UntagAsync(tag, Cancellation));
        Assert.Empty(server.Log);
    }

    [Fact]
    public async Task W5_A_digest_is_not_accepted_as_a_new_tag()
    {
        var (server, image) = await StartAsync();
        await using var stop = server;
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var digest = image.Descriptor.Digest.ToString();
        await Reading.FailsAsync(OciErrorKind.InvalidReference, () => repository.TagAsync("v1", digest, Cancellation));
        await Reading.FailsAsync(OciErrorKind.InvalidReference, () => repository.PushManifestAsync(image.Manifest, null, digest, Cancellation));
        await Reading.FailsAsync(OciErrorKind.InvalidReference, () => repository.UntagAsync(digest, Cancellation));
        Assert.Empty(server.Log);
    }

    [Fact]
    public async Task W6_A_registry_that_confirms_the_subject_keeps_the_list()
    {
        var (server, image) = await StartAsync();
        await using var stop = server;
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        await TestImage.Create(seed: 2, subject: image.Descriptor).PushAsync(repository);
        Assert.Single(await ReferrersAsync(repository, image));
        Assert.DoesNotContain(server.Log, r => r.Path.EndsWith("sha256-" + image.Descriptor.Digest.Encoded, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("sha256:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("")]
    [InlineData("yes")]
    public async Task W6_Another_subject_in_the_answer_is_no_confirmation(string subject)
    {
        var (server, image) = await StartAsync(hasReferrers: false);
        await using var stop = server;
        server.Faults.Always("PUT", "/manifests/sha256:", Answers.Header("OCI-Subject", subject));
        using var registry = server.Client();
        await TestImage.Create(seed: 2, subject: image.Descriptor).PushAsync(registry.GetRepository("team/app"));
        Assert.Single(await ReferrersAsync(registry.GetRepository("team/app"), image));
    }

    [Fact]
    public async Task W6_The_fallback_list_keeps_other_entries_and_their_members()
    {
        var (server, image) = await StartAsync(hasReferrers: false);
        await using var stop = server;
        var other = TestImage.Create(seed: 9, subject: image.Descriptor);
        server.Content.Add("team/app", other);
        var list = Encoding.UTF8.GetString(ListReadingTests.ListOf(other.Descriptor)).Replace("\"size\"", "\"x-custom\":[1, 2],\"size\"", StringComparison.Ordinal);
        server.Content["team/app"].AddManifest(Encoding.UTF8.GetBytes(list), MediaTypes.ImageIndex, ListReadingTests.FallbackTagOf(image));
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var mine = TestImage.Create(seed: 2, subject: image.Descriptor);
        for (var i = 0; i < 2; i++) await mine.PushAsync(repository);
        var found = await ReferrersAsync(repository, image);
        Assert.Equal([other.Descriptor.Digest, mine.Descriptor.Digest], found.Select(d => d.Digest));
        Assert.Equal("2", found[1].Annotations["seed"]);
        Assert.Contains("\"x-custom\":[1, 2]", Encoding.UTF8.GetString(server.Content["team/app"].FindManifest(ListReadingTests.FallbackTagOf(image))!.Value.Bytes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task W6_Referrers_that_are_pushed_at_once_are_all_listed()
    {
        var (server, image) = await StartAsync(hasReferrers: false);
        await using var stop = server;
        using var registry = server.Client();
        using var second = server.Client();
        var referrers = Enumerable.Range(2, 20).Select(seed => TestImage.Create(seed: seed, subject: image.Descriptor)).ToList();
        await Task.WhenAll(referrers.Select((r, i) => r.PushAsync((i % 2 == 0 ? registry : second).GetRepository("team/app"))));
        Assert.Equal(referrers.Select(r => r.Descriptor.Digest).Order(), (await ReferrersAsync(registry.GetRepository("team/app"), image)).Select(d => d.Digest).Order());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task W6_An_entry_that_another_client_removed_is_added_again(int times)
    {
        var (server, image) = await StartAsync(hasReferrers: false);
        await using var stop = server;
        server.Faults.Add("PUT", "/manifests/sha256-", Answers.Status(201), times);
        using var registry = server.Client();
        await TestImage.Create(seed: 2, subject: image.Descriptor).PushAsync(registry.GetRepository("team/app"));
        Assert.Single(await ReferrersAsync(registry.GetRepository("team/app"), image));
    }

    [Fact]
    public async Task W6_An_entry_that_is_always_missing_is_an_error_with_the_tag()
    {
        var (server, image) = await StartAsync(hasReferrers: false);
        await using var stop = server;
        server.Faults.Always("PUT", "/manifests/sha256-", Answers.Status(201));
        using var registry = server.Client();
        var error = await Reading.FailsAsync(OciErrorKind.StoreBusy, () => TestImage.Create(seed: 2, subject: image.Descriptor).PushAsync(registry.GetRepository("team/app")));
        Assert.Contains(ListReadingTests.FallbackTagOf(image), error.Message, StringComparison.Ordinal);
        Assert.Equal(5, server.Log.Count(r => r.Method == "PUT" && r.Path.Contains("sha256-", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task W6_A_fallback_tag_with_other_content_is_not_overwritten(bool isSubject)
    {
        var (server, image) = await StartAsync(hasReferrers: false);
        await using var stop = server;
        var content = isSubject ? image : TestImage.Create(seed: 7);
        server.Content.Add("team/app", content, ListReadingTests.FallbackTagOf(image));
        using var registry = server.Client();
        var error = await Reading.FailsAsync(OciErrorKind.InvalidManifest, () => TestImage.Create(seed: 2, subject: image.Descriptor).PushAsync(registry.GetRepository("team/app")));
        Assert.Contains(ListReadingTests.FallbackTagOf(image), error.Message, StringComparison.Ordinal);
        Assert.Equal(content.Descriptor.Digest.ToString(), server.Content["team/app"].Tags[ListReadingTests.FallbackTagOf(image)]);
    }

    [Fact]
    public async Task W9_Another_digest_in_the_answer_is_an_error_that_names_the_tag()
    {
        var (server, image) = await StartAsync();
        await using var stop = server;
        var other = TestImage.Create(seed: 5).Descriptor.Digest.ToString();
        server.Faults.Always("PUT", "/manifests/", Answers.Header("Docker-Content-Digest", other));
        using var registry = server.Client();
        var error = await Reading.FailsAsync(OciErrorKind.DigestMismatch, () => registry.GetRepository("team/app").PushManifestAsync(image.Manifest, null, "v2", Cancellation));
        Assert.Equal((image.Descriptor.Digest.ToString(), other), (error.Expected, error.Actual));
        Assert.Contains("'v2'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task W10_A_tag_is_deleted_by_name()
    {
        var (server, _) = await StartAsync();
        await using var stop = server;
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        await repository.TagAsync("v1", "v2", Cancellation);
        await repository.UntagAsync("v1", Cancellation);
        Assert.Equal(["v2"], await repository.GetTagsAsync(null, Cancellation));
        await Reading.FailsAsync(OciErrorKind.NotFound, () => repository.UntagAsync("v1", Cancellation));
    }

    [Fact]
    public async Task W10_A_tag_is_renamed_by_writing_the_new_one_first()
    {
        var (server, _) = await StartAsync();
        await using var stop = server;
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var before = await repository.ResolveAsync("v1", Cancellation);

        await repository.RenameTagAsync("v1", "v2", cancellationToken: Cancellation);

        Assert.Equal(["v2"], await repository.GetTagsAsync(null, Cancellation));
        Assert.Equal(before.Digest, (await repository.ResolveAsync("v2", Cancellation)).Digest);
        await Reading.FailsAsync(OciErrorKind.NotFound, () => repository.RenameTagAsync("v1", "v3", cancellationToken: Cancellation));
        await repository.TagAsync("v2", "v3", Cancellation);
        await Reading.FailsAsync(OciErrorKind.AlreadyExists, () => repository.RenameTagAsync("v2", "v3", cancellationToken: Cancellation));
        await repository.RenameTagAsync("v2", "v3", replace: true, Cancellation);
        Assert.Equal(["v3"], await repository.GetTagsAsync(null, Cancellation));
    }

    [Theory]
    [InlineData(400, "UNSUPPORTED")]
    [InlineData(404, null)]
    [InlineData(405, null)]
    public async Task W10_A_tag_is_not_renamed_where_tags_cannot_be_deleted(int status, string? code)
    {
        var (server, _) = await StartAsync();
        await using var stop = server;
        server.Faults.Always("DELETE", "/manifests/", code is null ? Answers.Status(status) : Answers.Error(status, code));
        using var registry = server.Client();
        await Reading.FailsAsync(OciErrorKind.UnsupportedOperation, () => registry.GetRepository("team/app").RenameTagAsync("v1", "v2", cancellationToken: Cancellation));
        Assert.DoesNotContain(server.Log, r => r.Method == "PUT");
    }

    [Fact]
    public async Task W10_A_renamed_tag_whose_old_name_stays_is_reported()
    {
        var (server, _) = await StartAsync();
        await using var stop = server;
        server.Faults.Always("DELETE", "/manifests/v1", Answers.Error(403, "DENIED"));
        using var registry = server.Client();
        var error = await Reading.FailsAsync(OciErrorKind.Unauthorized, () => registry.GetRepository("team/app").RenameTagAsync("v1", "v2", cancellationToken: Cancellation));
        Assert.Contains("'v2' was set", error.Message);
        Assert.Equal(["v1", "v2"], await registry.GetRepository("team/app").GetTagsAsync(null, Cancellation));
    }

    [Theory]
    [InlineData(400, "UNSUPPORTED")]
    [InlineData(400, "DIGEST_INVALID")]
    [InlineData(404, null)]
    [InlineData(405, null)]
    public async Task W10_A_registry_that_deletes_by_digest_only_says_so(int status, string? code)
    {
        var (server, _) = await StartAsync();
        await using var stop = server;
        server.Faults.Always("DELETE", "/manifests/v1", code is null ? Answers.Status(status) : Answers.Error(status, code));
        using var registry = server.Client();
        await Reading.FailsAsync(OciErrorKind.UnsupportedOperation, () => registry.GetRepository("team/app").UntagAsync("v1", Cancellation));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task W10_A_digest_is_deleted_with_its_entry_in_the_list_of_its_subject(bool hasReferrers)
    {
        var (server, image) = await StartAsync(hasReferrers);
        await using var stop = server;
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var referrers = new[] { 2, 3 }.Select(seed => TestImage.Create(seed: seed, subject: image.Descriptor)).ToList();
        foreach (var referrer in referrers) await referrer.PushAsync(repository);
        await repository.DeleteAsync(referrers[0].Descriptor.Digest, Cancellation);
        Assert.Equal([referrers[1].Descriptor.Digest], (await ReferrersAsync(repository, image)).Select(d => d.Digest));
        Assert.False(await repository.ExistsAsync(referrers[0].Descriptor.Digest, Cancellation));
        await Reading.FailsAsync(OciErrorKind.NotFound, () => repository.GetManifestAsync(referrers[0].Descriptor.Digest.ToString(), Cancellation));
        Assert.Equal(image.Layer, await repository.FetchBytesAsync(image.LayerDescriptor));
    }

    [Fact]
    public async Task W10_A_registry_without_deletion_is_not_supported()
    {
        var (server, image) = await StartAsync();
        await using var stop = server;
        server.Features.DeletesManifests = false;
        using var registry = server.Client();
        await Reading.FailsAsync(OciErrorKind.UnsupportedOperation, () => registry.GetRepository("team/app").DeleteAsync(image.Descriptor.Digest, Cancellation));
    }
}
