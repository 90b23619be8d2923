using System.Linq;
using Xunit;

namespace OciLayout.Tests.Index;

/// <summary>Tests that text that is not valid Unicode makes only its entry of <c>index.json</c> malformed.</summary>
public class InvalidUnicodeTests
{
    [Theory]
    [InlineData("""{"mediaType":"\ud800","digest":"D","size":2}""")]
    [InlineData("""{"mediaType":"M","digest":"\ud800","size":2}""")]
    [InlineData("""{"mediaType":"M","digest":"D","size":2,"annotations":{"org.opencontainers.image.ref.name":"\udfff"}}""")]
    [InlineData("""{"mediaType":"M","digest":"D","size":2,"annotations":{"io.containerd.image.name":"\ud83dx"}}""")]
    [InlineData("""{"mediaType":"M","digest":"D","size":2,"annotations":{"\ud800":"v"}}""")]
    [InlineData("""{"mediaType":"M","digest":"D","size":2,"\ud800":"v"}""")]
    [InlineData("""{"mediaType":"M","digest":"D","size":2,"artifactType":"\ud800"}""")]
    public void One_entry_with_a_lone_surrogate_does_not_stop_the_others(string entry)
    {
        using var sandbox = new Sandbox();
        sandbox.WithIndex(Sample.Index());
        var (good, bad) = (sandbox.PutImage("good"), sandbox.PutImage("bad"));
        entry = entry.Replace("\"D\"", $"\"{bad.Digest}\"").Replace("\"M\"", $"\"{MediaTypes.ImageManifest}\"").Replace(":2", $":{bad.Size}");
        sandbox.IndexText = Sample.Index(entry, Sample.Entry(good, "v1"));
        var store = sandbox.Isolated();

        Assert.Equal(good.Digest, store.Resolve("v1").Digest);
        store.Tag(good, "v2");
        store.Untag("v1");
        store.Tag(good, "v1");
        Assert.Equal(["v1", "v2"], sandbox.Isolated().TagNames());
        Assert.Contains(entry, sandbox.IndexText);
        Assert.Equal(2, sandbox.Isolated().GetEntries().Select(e => e.Digest).Distinct().Count());
    }

    [Fact]
    public void Content_with_an_unreadable_name_is_not_collected()
    {
        using var sandbox = new Sandbox();
        sandbox.WithIndex(Sample.Index());
        var (good, bad) = (sandbox.PutImage("good"), sandbox.PutImage("bad"));
        var entry = Sample.Entry(bad, "x").Replace("\"x\"", "\"\\ud800\"");
        sandbox.IndexText = Sample.Index(entry, Sample.Entry(good, "v1"));

        var store = sandbox.Isolated();
        store.Collect();

        Assert.True(store.Exists(bad.Digest));
        Assert.Contains(entry, sandbox.IndexText);
    }

    [Fact]
    public void Other_member_of_the_index_may_have_any_name()
    {
        using var sandbox = new Sandbox();
        sandbox.WithIndex("""{"\ud800":1,"manifests":[],"x":"\ud800"}""");
        Assert.Empty(sandbox.Isolated().GetTags());
    }
}
