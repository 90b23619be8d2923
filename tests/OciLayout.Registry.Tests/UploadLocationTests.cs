using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using CsCheck;
using OciLayout.Registry;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests for rules W4, W4a and S4: the locations of uploads.</summary>
public sealed class UploadLocationTests
{
    private static readonly Digest SomeDigest = Digest.Compute([1, 2, 3]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static UploadLocation Resolve(string origin, string location)
    {
        var url = new Uri(origin);
        return UploadLocation.Resolve("registry.example", new RegistryRequest(System.Net.Http.HttpMethod.Post, url), url, url, location);
    }

    [Fact]
    public void S4_A_location_that_a_storage_service_names_gets_no_credentials()
    {
        var registry = new Uri("https://registry.example/v2/");
        var storage = new Uri("https://storage.example/upload");
        var request = new RegistryRequest(System.Net.Http.HttpMethod.Put, storage);

        Assert.False(UploadLocation.Resolve("registry.example", request, registry, storage, "/upload/2").IsRegistry);
        Assert.True(UploadLocation.Resolve("registry.example", request, registry, registry, "/v2/upload/2").IsRegistry);
    }

    [Theory]
    [InlineData("relative")]
    [InlineData("absolute")]
    [InlineData("no port")]
    [InlineData("other case")]
    public async Task W4_A_location_at_the_registry_is_used_with_its_query(string kind)
    {
        await using var server = await TestRegistry.StartAsync();
        server.Accounts = new TestAccounts(new FakeClock()) { IsBasic = true };
        server.Features.Location = path => kind switch
        {
            "relative" => path,
            "absolute" => server.Origin + path + "&_more=a%2Fb%3D%3D",
            "no port" => "http://127.0.0.1" + path,
            _ => server.Origin.Replace("http", "HTTP", StringComparison.Ordinal) + path,
        };
        using var registry = server.Client(change: o => o with { Credential = new(server.Accounts.User, server.Accounts.Password) });
        var image = TestImage.Create();
        await image.PushAsync(registry.GetRepository("team/app"), "v1");
        Assert.Equal(image.Layer, server.Content["team/app"].Blobs[image.LayerDescriptor.Digest.ToString()]);
        if (kind == "absolute") Assert.All(server.Log.Where(r => r.Method == "PUT" && r.Path.Contains("/uploads/", StringComparison.Ordinal)), r => Assert.Contains("&_more=a%2Fb%3D%3D&digest=", r.Query, StringComparison.Ordinal));
    }

    [Fact]
    public async Task W4a_A_location_without_the_port_of_the_registry_is_reported()
    {
        await using var server = await TestRegistry.StartAsync();
        server.Features.Location = path => "http://127.0.0.1" + path;
        using var registry = server.Client();
        var notes = new System.Collections.Generic.List<string>();
        registry.Client.Noted = notes.Add;
        await TestImage.Create().PushAsync(registry.GetRepository("team/app"), "v1");
        Assert.NotEmpty(notes);
        Assert.All(notes, n => Assert.EndsWith($"The upload uses {server.Origin}.", n, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://r.example:8443/v2/a/blobs/uploads/", "http://r.example/x?a=1", "https://r.example:8443/x?a=1")] // TLS ends at a proxy
    [InlineData("https://r.example:8443/v2/a/blobs/uploads/", "http://r.example:80/x?a=1", "https://r.example:8443/x?a=1")]
    [InlineData("https://r.example/v2/a/blobs/uploads/", "http://r.example/x", "https://r.example/x")]
    [InlineData("https://r.example:8443/v2/a/blobs/uploads/", "https://r.example/x", "https://r.example:8443/x")]
    [InlineData("http://r.example:5000/v2/a/blobs/uploads/", "http://r.example/x", "http://r.example:5000/x")]
    [InlineData("https://r.example/v2/a/blobs/uploads/", "/x/../y?b", "https://r.example/y?b")]
    [InlineData("https://r.example/v2/a/blobs/uploads/", "s1?b=%2F", "https://r.example/v2/a/blobs/uploads/s1?b=%2F")]
    [InlineData("https://r.example/v2/a/blobs/uploads/", "?b", "https://r.example/v2/a/blobs/uploads/?b")]
    public void W4a_A_location_at_the_registry_gets_its_scheme_and_port(string origin, string location, string expected)
    {
        var resolved = Resolve(origin, location);
        Assert.Equal(expected, resolved.Url.AbsoluteUri);
        Assert.True(resolved.IsRegistry);
    }

    [Theory]
    [InlineData("/x", "/x?digest=")]
    [InlineData("/x?", "/x?digest=")]
    [InlineData("/x?a", "/x?a&digest=")]
    [InlineData("/x?a=b%3D", "/x?a=b%3D&digest=")]
    [InlineData("/x?a#fragment", "/x?a&digest=")]
    [InlineData("/a%2Fb?c=%26", "/a%2Fb?c=%26&digest=")]
    public void W4_The_digest_is_appended(string location, string expected) =>
        Assert.Equal(expected + Uri.EscapeDataString(SomeDigest.ToString()), Resolve("https://r.example/v2/", location).WithDigest(SomeDigest).PathAndQuery);

    [Fact]
    public void W4_Any_query_is_kept()
    {
        // Unreserved and reserved characters (RFC 3986), and escapes of reserved ones: a client may not change any of them.
        string[] parts = ["a", "Z", "0", "-", ".", "_", "~", "=", "&", "+", "/", "?", ":", "@", "!", "$", "'", "(", ")", "*", ",", ";", "%2F", "%3D", "%26", "%2B", "%25", "%20", "%3f", "%C3%A4"];
        var paths = Pick.Sequence(1, 8, "a", "-", "_", "~", "%2F", "%3A", "0", ":", "@", "+", "=").Select(p => "/v2/" + p);
        Gen.Select(paths, Pick.Sequence(0, 20, parts), Gen.Bool).Sample((p, query, isAbsolute) =>
        {
            var text = query.Length == 0 ? p : p + "?" + query;
            var url = Resolve("https://r.example/v2/", isAbsolute ? "https://r.example" + text : text).WithDigest(SomeDigest);
            var separator = query.Length == 0 ? "?" : "&";
            var expected = text + separator + "digest=" + Uri.EscapeDataString(SomeDigest.ToString());
            Assert.Equal(expected, url.PathAndQuery);
        });
    }

    [Fact]
    public void S4_A_location_on_another_host_is_used_over_https_only_and_without_credentials()
    {
        Assert.False(Resolve("https://r.example/v2/", "https://storage.example/x").IsRegistry);
        Assert.False(Resolve("https://r.example/v2/", "https://r.example:8443/x").IsRegistry);
        foreach (var location in new[] { "http://storage.example/x", "https://u:p@storage.example/x", "https://127.0.0.1/x", "https://10.0.0.1/x", "https://[::1]/x", "ftp://storage.example/x" })
        {
            var error = Assert.Throws<OciException>(() => Resolve("https://r.example/v2/", location));
            Assert.Equal(OciErrorKind.UntrustedEndpoint, error.Kind);
        }
    }
}
