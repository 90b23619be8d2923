using System.IO;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests layouts that other tools wrote.</summary>
public class RealLayoutTests
{
    [Theory]
    [InlineData("oras", "latest v1 v2")]
    [InlineData("umoci", "app app-2 base")]
    [InlineData("skopeo-v2s2", "v1")]
    [InlineData("skopeo-untagged", "")]
    public void Tags_are_listed_and_walk_completely(string name, string tags)
    {
        using var session = new ModuleSession();
        RealLayout.Unpack(name + ".tar", session.Directory);

        Assert.Equal(tags, string.Join(' ', session.RunCleanly($"Get-OciTag ./{name}")));
        SessionResult walk = session.Run($"Get-OciDescriptor ./{name} -Recurse -Verbose").AssertNoErrors();
        Assert.NotEmpty(walk.Output);
        Assert.DoesNotContain(walk.Verbose, v => v.Contains("not stored"));
        Assert.All(session.RunCleanly($"Get-OciDescriptor ./{name} -Recurse | Test-OciContent"), b => Assert.True((bool)b.BaseObject));
    }

    [Fact]
    public void Oras_content_is_deleted_with_its_referrers()
    {
        using var session = new ModuleSession();
        string layout = RealLayout.Unpack("oras.tar", session.Directory);

        SessionResult refused = session.Run("Remove-OciContent ./oras v1");
        Assert.Equal("ContentReferenced", refused.ErrorId);
        Assert.Contains("latest", refused.Errors[0].ToString());

        session.RunCleanly("Remove-OciContent ./oras v1 -Force");

        Assert.Equal("v2", string.Join(' ', session.RunCleanly("Get-OciTag ./oras")));
        int left = Directory.EnumerateFiles(Path.Combine(layout, "blobs"), "*", SearchOption.AllDirectories).Count();
        Assert.Equal(left, session.RunCleanly("Get-OciDescriptor ./oras v2 -Recurse").Count);
        Assert.Equal(0, ((dynamic)session.RunCleanly("Invoke-OciGC ./oras")[0]).RemovedCount);
    }

    [Fact]
    public void Umoci_orphans_are_collected_and_the_tags_are_complete()
    {
        using var session = new ModuleSession();
        string layout = RealLayout.Unpack("umoci.tar", session.Directory);
        string[] before = [.. session.RunCleanly("Get-OciTag ./umoci | Get-OciDescriptor -Recurse").Select(d => d.ToString()).Distinct().Order()];

        Assert.NotEmpty(session.RunCleanly("Invoke-OciGC ./umoci -PassThru"));

        Assert.Equal(before, session.RunCleanly("Get-OciTag ./umoci | Get-OciDescriptor -Recurse").Select(d => d.ToString()).Distinct().Order());
        Assert.Equal(before.Length, Directory.EnumerateFiles(Path.Combine(layout, "blobs"), "*", SearchOption.AllDirectories).Count());
    }

    [Fact]
    public void Regctl_referrer_of_a_fallback_tag_is_found_and_deleted_with_its_subject()
    {
        using var session = new ModuleSession();
        RealLayout.Unpack("regctl.tar", session.Directory);

        string referrer = session.RunCleanly("Get-OciReferrer ./regctl multi").Single().ToString();
        Assert.DoesNotContain(referrer, session.RunCleanly("Get-OciDescriptor ./regctl").Select(d => d.ToString()));

        SessionResult removed = session.Run("Remove-OciContent ./regctl multi -Force -PassThru").AssertNoErrors();

        Assert.Contains(referrer, removed.Output.Select(d => d.ToString()));
        Assert.DoesNotContain(session.RunCleanly("Get-OciTag ./regctl").Select(t => t.ToString()), t => t.StartsWith("sha256-", System.StringComparison.Ordinal));
    }

    [Fact]
    public void Platforms_of_an_index_are_listed()
    {
        using var session = new ModuleSession();
        RealLayout.Unpack("regctl.tar", session.Directory);
        Assert.Equal(
            ["linux/amd64", "linux/arm64"],
            session.RunCleanly("(Get-OciManifest ./regctl multi).Manifests.Platform").Select(p => p.ToString()!.Split("/v")[0]).Where(p => p.StartsWith("linux", System.StringComparison.Ordinal)).Order());
    }
}
