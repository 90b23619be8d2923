using System.IO;
using System.Linq;
using System.Management.Automation;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

public class RemoveTests
{
    private static bool IsStored(ModuleSession session, string content) => File.Exists(SampleLayout.BlobFile(session, content));

    [Fact]
    public void Removal_deletes_referrers_and_dangling_content()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("Remove-OciTag ./layout latest");

        Assert.Empty(session.RunCleanly("Remove-OciContent ./layout v1"));

        Assert.Equal(["v2"], session.RunCleanly("Get-OciTag ./layout").Select(t => t.ToString()));
        Assert.All([SampleLayout.V1, SampleLayout.Attached, SampleLayout.Sbom], c => Assert.False(IsStored(session, c)));
        Assert.All([SampleLayout.V2, SampleLayout.FirstLayer, SampleLayout.SecondLayer, SampleLayout.Config, SampleLayout.Orphan], c => Assert.True(IsStored(session, c)));
    }

    [Fact]
    public void An_unnamed_tag_keeps_content_without_Force()
    {
        using var session = SampleLayout.Open();

        ErrorRecord error = Assert.Single(session.Run("Remove-OciContent ./layout v1").Errors);
        Assert.StartsWith("ContentReferenced,", error.FullyQualifiedErrorId, System.StringComparison.Ordinal);
        Assert.Contains("latest", error.ToString());
        Assert.Equal("v1", error.TargetObject);
        Assert.NotNull(error.ErrorDetails.RecommendedAction);
        Assert.True(IsStored(session, SampleLayout.V1));

        var removed = session.RunCleanly("Remove-OciContent ./layout v1 -Force -PassThru");
        Assert.Equal(
            new[] { SampleLayout.V1, SampleLayout.Attached, SampleLayout.Sbom }.Select(SampleLayout.Digest).Order(),
            removed.Select(r => r.ToString()).Order());
    }

    [Fact]
    public void WhatIf_names_each_object_with_size_and_tags_and_deletes_nothing()
    {
        using var session = SampleLayout.Open();
        string before = SampleLayout.Index(session);

        var lines = session.Run("Remove-OciContent ./layout v1 -Force -WhatIf").AssertNoErrors().WhatIf;

        Assert.Equal(6, lines.Count);
        Assert.Contains("3 objects", lines[0]);
        Assert.Contains("'latest', 'v1'", lines[0]);
        foreach (string content in new[] { SampleLayout.V1, SampleLayout.Attached, SampleLayout.Sbom })
            Assert.Single(lines, l => l.Contains(SampleLayout.Digest(content)) && l.Contains($"({content.Length} B"));
        Assert.Single(lines, l => l.EndsWith("tag 'latest'.", System.StringComparison.Ordinal));
        Assert.Single(lines, l => l.EndsWith("tag 'v1'.", System.StringComparison.Ordinal));
        Assert.Equal(before, SampleLayout.Index(session));
        Assert.True(IsStored(session, SampleLayout.V1));
    }

    [Fact]
    public void NoCascade_deletes_one_object()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("Remove-OciContent ./layout v2 -NoCascade");
        Assert.False(IsStored(session, SampleLayout.V2));
        Assert.True(IsStored(session, SampleLayout.SecondLayer));

        session.RunCleanly("$m = Get-OciStore ./layout -NoAutoGC; Remove-OciTag ./layout latest; Get-OciTag $m v1 | Remove-OciContent");
        Assert.False(IsStored(session, SampleLayout.V1));
        Assert.True(IsStored(session, SampleLayout.Attached));
    }

    [Theory]
    [InlineData("Remove-OciContent ./layout nope", "NotFound")]
    [InlineData("Remove-OciContent ./layout", "MissingReference")]
    [InlineData("(Get-OciManifest ./layout v1).Layers | Remove-OciContent", "ContentReferenced")]
    [InlineData("Remove-OciContent ./layout (Get-OciTag ./layout v1).Digest.Encoded.Substring(0, 9)", "NotFound")]
    [InlineData("Invoke-OciGC ./layout -MinimumAge -1.00:00:00", "InvalidAge")]
    [InlineData("Invoke-OciGC ./layout -MinimumAge 60", "ParameterArgumentTransformationError")]
    [InlineData("Invoke-OciGC ./layout -MinimumAge 1.5", "ParameterArgumentTransformationError")]
    [InlineData("Invoke-OciGC ./layout -MinimumAge '60'", "ParameterArgumentTransformationError")]
    [InlineData("Invoke-OciGC ./layout -MinimumAge -1h", "InvalidAge")]
    [InlineData("Invoke-OciGC ./layout -MinimumAge 1y", "ParameterArgumentTransformationError")]
    [InlineData("Invoke-OciGC ./layout -MinimumAge 999999999999d", "ParameterArgumentTransformationError")]
    [InlineData("Get-OciTag ./layout v1 | Invoke-OciGC", "InvalidInput")]
    [InlineData("$null | Invoke-OciGC ./layout", "InvalidInput")]
    public void Ambiguous_input_deletes_nothing(string line, string id)
    {
        using var session = SampleLayout.Open();
        int before = Directory.EnumerateFiles(session.Directory["layout", "blobs"], "*", SearchOption.AllDirectories).Count();

        Assert.Equal(id, session.Run(line).ErrorId);

        Assert.Equal(before, Directory.EnumerateFiles(session.Directory["layout", "blobs"], "*", SearchOption.AllDirectories).Count());
    }

    [Theory]
    [InlineData("$old | Remove-OciTag")]
    [InlineData("$old | Remove-OciContent")]
    [InlineData("Remove-OciContent -Reference $old")]
    public void A_tag_moved_since_its_listing_is_not_removed(string line)
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("Remove-OciTag ./layout latest; $old = Get-OciTag ./layout v1; Set-OciTag ./layout v1 -Reference v2; Remove-OciTag ./layout v2");

        Assert.Equal("TagMoved", session.Run(line).ErrorId);

        Assert.Equal(SampleLayout.Digest(SampleLayout.V2), session.RunCleanly("(Get-OciTag ./layout v1).Digest").Single().ToString());
        session.RunCleanly("Get-OciTag ./layout v1 | Remove-OciTag");
    }

    [Fact]
    public void A_moved_tag_is_reported_before_references_to_its_new_content()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("$old = Get-OciTag ./layout v1; Set-OciTag ./layout v1 -Reference v2");

        Assert.Equal("TagMoved", session.Run("$old | Remove-OciContent").ErrorId);
        Assert.True(IsStored(session, SampleLayout.V2));
    }

    [Fact]
    public void Garbage_is_planned_and_collected()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("Remove-OciTag ./layout v2");
        string[] garbage = [SampleLayout.V2, SampleLayout.SecondLayer, SampleLayout.Orphan];

        dynamic[] plan = [.. session.RunCleanly("Invoke-OciGC ./layout -PlanOnly")];
        Assert.Equal(garbage.Select(SampleLayout.Digest).Order(), plan.Select(p => (string)p.Digest.ToString()).Order());
        Assert.All(plan, p => Assert.Equal("Unreachable", p.Reason.ToString()));

        var lines = session.Run("Invoke-OciGC ./layout -WhatIf").AssertNoErrors().WhatIf;
        Assert.All(garbage, g => Assert.Single(lines, l => l.Contains(SampleLayout.Digest(g)) && l.Contains($"({g.Length} B")));
        Assert.Single(lines, l => l.Contains("entry of " + SampleLayout.Digest(SampleLayout.V2)));
        Assert.All(garbage, g => Assert.True(IsStored(session, g)));

        dynamic result = Assert.Single(session.RunCleanly("Invoke-OciGC ./layout"));
        Assert.Equal(3, result.RemovedCount);
        Assert.Equal((long)garbage.Sum(g => g.Length), result.RemovedSize);
        Assert.Equal(5, result.KeptCount);
        Assert.Equal(1, result.RemovedEntries);
        Assert.Equal(session.Directory["layout"], result.Store.Path);
        Assert.All(garbage, g => Assert.False(IsStored(session, g)));

        Assert.Equal(0, ((dynamic)session.RunCleanly("Get-OciStore ./layout | Invoke-OciGC")[0]).RemovedCount);
    }

    [Fact]
    public void PassThru_emits_collected_objects()
    {
        using var session = SampleLayout.Open();
        dynamic item = Assert.Single(session.RunCleanly("Invoke-OciGC ./layout -PassThru"));
        Assert.Equal(SampleLayout.Digest(SampleLayout.Orphan), item.Digest.ToString());
        Assert.Equal((long)SampleLayout.Orphan.Length, item.Size);
    }

    [Theory]
    [InlineData("1h", 3600)]
    [InlineData("7d", 604800)]
    [InlineData("'7d'", 604800)]
    [InlineData("1d", 86400)]
    [InlineData("1.5h", 5400)]
    [InlineData("30m", 1800)]
    [InlineData("90s", 90)]
    [InlineData("2w", 1209600)]
    [InlineData("01:30:00", 5400)]
    [InlineData("([timespan]'1:0:0')", 3600)]
    public void Ages_have_a_unit(string typed, int seconds)
    {
        using var session = new ModuleSession();
        session.RunCleanly("function Test-Span { param([OciLayout.PowerShell.SpanTransformation()] [timespan] $Age) $Age.TotalSeconds }");
        Assert.Equal(seconds, System.Convert.ToInt32(session.RunCleanly($"Test-Span {typed}").Single().BaseObject, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Confirmation_of_a_collection_states_the_total_size()
    {
        using var session = SampleLayout.Open("n");
        session.RunCleanly("Remove-OciTag ./layout v2");
        var lines = session.Run("Invoke-OciGC ./layout -WhatIf").AssertNoErrors().WhatIf;
        long size = SampleLayout.V2.Length + SampleLayout.SecondLayer.Length + SampleLayout.Orphan.Length;
        Assert.Equal($"Delete 3 objects ({size} B) and 1 entry of the index from {session.Directory["layout"]}.", lines[0]);
        Assert.Equal(5, lines.Count);
        Assert.Contains($"Delete 3 objects ({size} B) and 1 entry of the index from {session.Directory["layout"]}?", session.Run("Invoke-OciGC ./layout -Confirm").HostText);
        Assert.Equal(3, session.RunCleanly("Invoke-OciGC ./layout -PlanOnly").Count);
    }

    [Fact]
    public void Young_and_untagged_content_is_kept_on_request()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("Remove-OciTag ./layout v2; Invoke-OciGC ./layout -MinimumAge '01:00:00'");
        Assert.True(IsStored(session, SampleLayout.Orphan));

        session.RunCleanly("Invoke-OciGC ./layout -KeepUntagged");
        Assert.False(IsStored(session, SampleLayout.Orphan));
        Assert.True(IsStored(session, SampleLayout.V2));
    }

    [Fact]
    public void A_store_without_tags_is_collected_only_with_Force()
    {
        using var session = new ModuleSession();
        RealLayout.Unpack("skopeo-untagged.tar", session.Directory);

        Assert.Equal("IncompleteGraph", session.Run("Invoke-OciGC ./skopeo-untagged").ErrorId);
        Assert.Equal(0, ((dynamic)session.RunCleanly("Invoke-OciGC ./skopeo-untagged -KeepUntagged")[0]).RemovedCount);
        Assert.NotEqual(0, ((dynamic)session.RunCleanly("Invoke-OciGC ./skopeo-untagged -Force")[0]).RemovedCount);
    }

    [Fact]
    public void Confirm_prompts_once_and_no_deletes_nothing()
    {
        using var session = SampleLayout.Open("N", "Y");

        SessionResult no = session.Run("Remove-OciContent ./layout v2 -Confirm").AssertNoErrors();
        Assert.Contains("2 objects", no.HostText);
        Assert.True(IsStored(session, SampleLayout.V2));

        session.RunCleanly("Remove-OciContent ./layout v2 -Confirm");
        Assert.False(IsStored(session, SampleLayout.V2));
    }
}
