using System;
using System.IO;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

public class MeasureTests
{
    private static readonly int Shared = SampleLayout.Config.Length + SampleLayout.FirstLayer.Length;

    [Fact]
    public void Each_tag_has_its_size_and_its_own_size()
    {
        using var session = SampleLayout.Open();

        var usages = session.RunCleanly("Measure-OciStore ./layout");

        Assert.Equal(["latest", "v1", "v2"], usages.Select(u => u.Properties["Tag"].Value));
        dynamic v1 = usages[1];
        dynamic v2 = usages[2];
        long attached = SampleLayout.V1.Length + SampleLayout.Attached.Length + SampleLayout.Sbom.Length;
        Assert.Equal(SampleLayout.Digest(SampleLayout.V1), v1.Digest.ToString());
        Assert.Equal(Shared + attached, (long)v1.Size); // includes the SBOM
        Assert.Equal(0L, (long)v1.OwnSize); // 'latest' references the same manifest
        Assert.Equal(5, (int)v1.BlobCount);
        Assert.Equal(2, (int)v1.ManifestCount);
        Assert.Equal(SampleLayout.V2.Length + SampleLayout.SecondLayer.Length, (long)v2.OwnSize);
        Assert.Equal(Shared, (long)v2.SharedSize);
        Assert.Equal(session.Directory["layout"], v2.Store.Path);
        Assert.Null(v2.OrphanSize);
    }

    [Theory]
    [InlineData("Measure-OciStore ./layout v*", "v1 v2")]
    [InlineData("Measure-OciStore ./layout v2, latest", "latest v2")]
    [InlineData("'./layout' | Measure-OciStore -Tag l*", "latest")]
    [InlineData("Get-OciStore ./layout | Measure-OciStore", "latest v1 v2")]
    [InlineData("$null = $ExecutionContext.SessionState.Path.SetLocation('./layout'); Measure-OciStore -Tag v1", "v1")]
    [InlineData("$PSDefaultParameterValues['*-Oci*:Store'] = './layout'; Measure-OciStore -Tag v1", "v1")]
    [InlineData("Measure-OciStore ./layout nothing*", "")]
    public void Tags_are_selected_as_by_Get_OciTag(string line, string tags)
    {
        using var session = SampleLayout.Open();
        Assert.Equal(tags, string.Join(' ', session.RunCleanly(line).Select(u => u.Properties["Tag"].Value)));
    }

    [Fact]
    public void A_missing_tag_is_an_error_and_the_others_are_measured()
    {
        using var session = SampleLayout.Open();
        var result = session.Run("Measure-OciStore ./layout nope, v2");
        Assert.Equal("NotFound", Assert.Single(result.Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Single(result.Output);
    }

    [Fact]
    public void Total_is_one_object_per_store_with_the_collectable_orphans()
    {
        using var session = SampleLayout.Open();
        string ingest = Path.Combine(session.Directory["layout"], "ingest");
        Directory.CreateDirectory(ingest);
        File.WriteAllText(Path.Combine(ingest, "0123456789abcdef0123456789abcdef.upload"), "abandoned");

        dynamic total = Assert.Single(session.RunCleanly("Measure-OciStore ./layout -Total"));
        dynamic collected = Assert.Single(session.RunCleanly("Invoke-OciGC ./layout"));

        Assert.Equal((long)collected.RemovedSize, (long)total.OrphanSize);
        Assert.Equal((int)collected.RemovedCount, (int)total.OrphanCount);
        Assert.Equal((long)collected.KeptSize, (long)total.OwnSize + (long)total.SharedSize);
        Assert.Equal((long)total.Size, (long)total.OwnSize + (long)total.SharedSize + (long)total.OrphanSize);
        Assert.Null(total.Tag);
    }

    [Fact]
    public void Total_of_several_stores_includes_duplicated_content()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("$o = New-OciStore ./other; $null = 'hello', 'not there' | Push-OciBlob $o; New-OciStore ./third");

        var totals = session.RunCleanly("Get-OciStore ./layout, ./other, ./third, ./layout | Measure-OciStore -Total -WarningAction Ignore");

        Assert.Equal([0L, 5L, 0L, 0L], totals.Select(t => (long)t.Properties["DuplicateSize"].Value));
        string shown = session.Render("Get-OciStore ./layout, ./other | Measure-OciStore -WarningAction Ignore");
        Assert.Contains("Store: " + session.Directory["layout"], shown, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_that_collection_refuses_is_a_warning()
    {
        using var session = new ModuleSession();
        RealLayout.Unpack("skopeo-untagged.tar", session.Directory);

        var result = session.Run("Measure-OciStore ./skopeo-untagged -Total");

        Assert.Contains("-Force", Assert.Single(result.AssertNoErrors().Warnings), StringComparison.Ordinal);
        Assert.Equal(result.Output[0].Properties["Size"].Value, result.Output[0].Properties["OrphanSize"].Value);
    }

    [Fact]
    public void Unreadable_content_is_an_error_and_is_counted_with_its_size()
    {
        using var session = new ModuleSession();
        string layout = RealLayout.Unpack("oras.tar", session.Directory);
        string digest = session.RunCleanly("(Get-OciTag ./oras v2).Digest.Encoded").Single().ToString();
        File.Delete(Path.Combine(layout, "blobs", "sha256", digest)); // another tool may have made it read-only
        File.WriteAllText(Path.Combine(layout, "blobs", "sha256", digest), "damaged");

        var result = session.Run("Measure-OciStore ./oras");

        Assert.Equal("DigestMismatch", Assert.Single(result.Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal(["latest", "v1", "v2"], result.Output.Select(u => u.Properties["Tag"].Value));
        Assert.Equal(7L, result.Output[2].Properties["OwnSize"].Value);
        session.RunCleanly("Measure-OciStore ./oras v1"); // v1 does not use the damaged blob
        Assert.Single(session.Run("Measure-OciStore ./oras -Total").Errors);
    }

    [Theory]
    [InlineData("Measure-OciStore ./layout v1 -Total", "ConflictingParameters")]
    [InlineData("Get-OciTag ./layout v1 | Measure-OciStore", "InvalidInput")]
    [InlineData("'./nowhere' | Measure-OciStore", "NotFound")]
    public void Invalid_arguments_are_reported(string line, string id)
    {
        using var session = SampleLayout.Open();
        Assert.Equal(id, session.Run(line).AllErrors.Single().FullyQualifiedErrorId.Split(',')[0]);
    }
}
