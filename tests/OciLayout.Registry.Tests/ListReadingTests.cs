using System;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for rules R6 and R7: lists of tags, repositories and referrers.</summary>
public sealed class ListReadingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<TestRegistry> StartAsync(int tags)
    {
        var server = await TestRegistry.StartAsync();
        server.Content.Add("team/app", TestImage.Create(), [.. Enumerable.Range(0, tags).Select(n => $"v{n:0000}")]);
        return server;
    }

    [Fact]
    public async Task R6_Links_are_followed()
    {
        await using var server = await StartAsync(25);
        server.Features.PageSize = 10;
        server.Features.IsUnsorted = true;
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var tags = await repository.GetTagsAsync(null, Cancellation);
        Assert.Equal(Enumerable.Range(0, 25).Select(n => $"v{n:0000}"), tags);
        Assert.Equal("?n=1000", server.Log[0].Query);
        Assert.Equal(3, server.Log.Count);
        Assert.Equal(["v0023", "v0024"], await repository.GetTagsAsync("v0022", Cancellation));
    }

    [Fact]
    public async Task R6_A_registry_that_refuses_the_page_size_is_asked_without()
    {
        await using var server = await StartAsync(3);
        server.Faults.Add("GET", "/tags/", Answers.Error(400, "PAGINATION_NUMBER_INVALID"));
        using var registry = server.Client();
        Assert.Equal(3, (await registry.GetRepository("team/app").GetTagsAsync(null, Cancellation)).Count);
        Assert.Equal(["?n=1000", ""], server.Log.Select(r => r.Query));
    }

    [Fact]
    public async Task R6_A_full_page_without_a_link_is_continued_until_a_page_adds_nothing()
    {
        await using var server = await StartAsync(2000);
        server.Features.LinksPages = false;
        using var registry = server.Client();
        Assert.Equal(2000, (await registry.GetRepository("team/app").GetTagsAsync(null, Cancellation)).Count);
        Assert.Equal(3, server.Log.Count);

        // This registry ignores the query and sends its tags in another order each time.
        server.ClearLog();
        var order = 0;
        server.Faults.Always("GET", "/tags/", (context, _) =>
        {
            var names = Enumerable.Range(0, 1000).Select(n => $"\"t{(n + (order * 7)) % 1000:0000}\"");
            order++;
            return Answers.SendAsync(context, Encoding.UTF8.GetBytes($"{{\"tags\":[{string.Join(',', names)}]}}"));
        });
        Assert.Equal(1000, (await registry.GetRepository("team/app").GetTagsAsync(null, Cancellation)).Count);
        Assert.Equal(2, server.Log.Count);
    }

    [Fact]
    public async Task R6_A_registry_that_ignores_the_page_size_is_asked_once()
    {
        await using var server = await StartAsync(1500);
        server.Faults.Always("GET", "/tags/", (context, next) =>
        {
            context.Request.QueryString = default;
            return next();
        });
        using var registry = server.Client();
        Assert.Equal(1500, (await registry.GetRepository("team/app").GetTagsAsync(null, Cancellation)).Count);
        Assert.Single(server.Log);
    }

    [Fact]
    public async Task R6_No_page_is_read_twice()
    {
        await using var server = await StartAsync(3);
        server.Faults.Always("GET", "/tags/", Answers.Header("Link", "</v2/team/app/tags/list?n=1000>; rel=\"next\""));
        using var registry = server.Client();
        Assert.Equal(3, (await registry.GetRepository("team/app").GetTagsAsync(null, Cancellation)).Count);
        Assert.Single(server.Log);
    }

    [Fact]
    public async Task R6_A_list_with_too_many_pages_is_an_error_not_a_shorter_list()
    {
        await using var server = await StartAsync(30);
        server.Features.PageSize = 10;
        using (var enough = server.Client(change: o => o with { PageLimit = 3 }))
            Assert.Equal(30, (await enough.GetRepository("team/app").GetTagsAsync(null, Cancellation)).Count);
        using var registry = server.Client(change: o => o with { PageLimit = 2 });
        await Reading.FailsAsync(OciErrorKind.RegistryError, () => registry.GetRepository("team/app").GetTagsAsync(null, Cancellation));
    }

    [Fact]
    public async Task R6_A_page_whose_answer_is_cut_is_read_again()
    {
        await using var server = await StartAsync(30);
        server.Faults.Add("GET", "/tags/", Answers.CutAfter(10), times: 4);
        using var registry = server.Client();
        Assert.Equal(30, (await registry.GetRepository("team/app").GetTagsAsync(null, Cancellation)).Count);
    }

    [Theory]
    [InlineData("""{"tags":null}""", 0)]
    [InlineData("""{}""", 0)]
    [InlineData("""{"tags":["b","a","b",null,""]}""", 2)]
    [InlineData("""{"tags":[1]}""", -1)]
    [InlineData("""{"tags":{}}""", -1)]
    [InlineData("""[]""", -1)]
    [InlineData("""{"tags":["a""", -1)]
    public async Task R6_Other_lists_are_read_or_refused(string body, int count)
    {
        await using var server = await TestRegistry.StartAsync();
        server.Faults.Always("GET", "/tags/", Answers.Status(200, null, body));
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        if (count < 0) await Reading.FailsAsync(OciErrorKind.RegistryError, () => repository.GetTagsAsync(null, Cancellation));
        else Assert.Equal(count, (await repository.GetTagsAsync(null, Cancellation)).Count);
    }

    [Fact]
    public async Task Repositories_are_listed_by_prefix_if_there_is_a_catalog()
    {
        await using var server = await TestRegistry.StartAsync();
        foreach (var name in new[] { "team/b", "team/a", "other" }) server.Content.Add(name, TestImage.Create());
        server.Features.PageSize = 2;
        using var registry = server.Client();
        Assert.Equal(["team/a", "team/b"], await registry.GetRepositoriesAsync("team/", Cancellation));
        server.Faults.Always("GET", "/_catalog", Answers.Status(404));
        await Reading.FailsAsync(OciErrorKind.UnsupportedOperation, () => registry.GetRepositoriesAsync("", Cancellation));
    }

    [Fact]
    public async Task R7_Referrers_come_from_the_API()
    {
        await using var server = await StartAsync(1);
        var image = TestImage.Create();
        var referrer = TestImage.Create(seed: 2, subject: image.Descriptor);
        server.Content.Add("team/app", referrer);
        using var registry = server.Client();
        var found = Assert.Single(await registry.GetRepository("team/app").GetReferrersAsync(image.Descriptor.Digest, null, Cancellation));
        Assert.Equal((referrer.Descriptor.Digest, "application/x-test-2"), (found.Digest, found.ArtifactType));
        Assert.Empty(await registry.GetRepository("team/app").GetReferrersAsync(image.Descriptor.Digest, "application/x-other", Cancellation));
        Assert.DoesNotContain(server.Log, r => r.Path.EndsWith("sha256-" + image.Descriptor.Digest.Encoded, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("404")]
    [InlineData("400")]
    [InlineData("405")]
    [InlineData("406")]
    [InlineData("page")]
    [InlineData("redirect")]
    public async Task R7_Without_the_API_the_fallback_tag_is_read(string kind)
    {
        await using var server = await StartAsync(1);
        await using var pages = await TestRegistry.StartAsync();
        pages.Faults.Always("", "/", Answers.Status(429, "3600"));
        var image = TestImage.Create();
        var referrer = TestImage.Create(seed: 2, subject: image.Descriptor);
        server.Content.Add("team/app", referrer);
        server.Content["team/app"].AddManifest(ListOf(referrer.Descriptor), MediaTypes.ImageIndex, FallbackTagOf(image));
        server.Faults.Always("GET", "/referrers/", kind switch
        {
            "page" => Answers.Page,
            "redirect" => Answers.Redirect(pages.Origin + "/login", 303),
            _ => Answers.Status(int.Parse(kind, System.Globalization.CultureInfo.InvariantCulture), null, "no", "text/plain"),
        });
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        for (var i = 0; i < 2; i++)
            Assert.Equal([referrer.Descriptor.Digest], (await repository.GetReferrersAsync(image.Descriptor.Digest, null, Cancellation)).Select(d => d.Digest));
        Assert.Single(server.Log, r => r.Path.Contains("/referrers/", StringComparison.Ordinal)); // known for 5 minutes
        Assert.Empty(pages.Log);
    }

    [Fact]
    public async Task R7_A_repository_that_does_not_exist_has_no_list()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        await Reading.FailsAsync(OciErrorKind.NotFound, () => registry.GetRepository("team/app").GetReferrersAsync(TestImage.Create().Descriptor.Digest, null, Cancellation));
    }

    [Fact]
    public async Task R7_A_fallback_tag_that_names_something_else_is_not_a_list()
    {
        await using var server = await StartAsync(1);
        server.Features.HasReferrers = false;
        var image = TestImage.Create();
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var content = server.Content["team/app"];
        content.Tags[FallbackTagOf(image)] = image.Descriptor.Digest.ToString(); // GitLab
        Assert.Empty(await repository.GetReferrersAsync(image.Descriptor.Digest, null, Cancellation));
        content.AddManifest(TestImage.Create(seed: 3).Manifest, MediaTypes.ImageManifest, FallbackTagOf(image));
        Assert.Empty(await repository.GetReferrersAsync(image.Descriptor.Digest, null, Cancellation));
    }

    internal static string FallbackTagOf(TestImage image) => image.Descriptor.Digest.ToString().Replace(':', '-');

    internal static byte[] ListOf(params Descriptor[] referrers)
    {
        var items = referrers.Select(r => $$"""{"mediaType":"{{r.MediaType}}","digest":"{{r.Digest}}","size":{{r.Size}}}""");
        return Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageIndex}}","manifests":[{{string.Join(',', items)}}]}""");
    }
}
