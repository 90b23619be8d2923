using System;
using System.IO;
using System.Linq;
using Xunit;

namespace OciLayout.ModuleTests;

public class CopyTests
{
    [Theory]
    [InlineData("Copy-OciContent ./layout v1 ./mirror")]
    [InlineData("Copy-OciContent -Store ./layout -Reference v1 -Destination ./mirror")]
    [InlineData("Get-OciTag ./layout v1 | Copy-OciContent -Destination ./mirror")]
    [InlineData("'v1' | Copy-OciContent ./layout -Destination ./mirror")]
    [InlineData("Copy-OciContent ./layout v1 (New-OciStore ./mirror)")]
    [InlineData("Copy-OciContent ./layout v2 ./mirror -Tag v1, latest -WhatIf; Copy-OciContent ./layout (Get-OciTag ./layout v1).Digest ./mirror -Tag v1")]
    public void Image_is_copied_by_any_reference(string line)
    {
        using var session = SampleLayout.Open();

        Assert.Empty(session.RunCleanly(line));

        Assert.Equal(["v1"], session.RunCleanly("(Get-OciTag ./mirror).Tag").Select(t => t.ToString()));
        Assert.Equal(SampleLayout.V1, session.RunCleanly("(Get-OciManifest ./mirror v1).Json").Single().ToString());
        Assert.Equal(SampleLayout.FirstLayer, session.RunCleanly("(Get-OciManifest ./mirror v1).Layers | Get-OciBlob -AsString").Single().ToString());
    }

    [Theory]
    [InlineData("Copy-OciContent ./layout -Destination ./mirror")]
    [InlineData("Get-OciStore ./layout | Copy-OciContent -Destination ./mirror")]
    public void Store_is_copied_whole(string line)
    {
        using var session = SampleLayout.Open();
        session.RunCleanly(line);
        Assert.Equal(["latest", "v1", "v2"], session.RunCleanly("(Get-OciTag ./mirror).Tag").Select(t => t.ToString()));
        Assert.Equal("application/spdx+json", session.RunCleanly("(Get-OciReferrer ./mirror v1).ArtifactType").Single().ToString());
        Assert.False(File.Exists(session.Directory["mirror/blobs/sha256/" + SampleLayout.Digest(SampleLayout.Orphan)["sha256:".Length..]]));
    }

    [Fact]
    public void Referrers_are_copied_on_request()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("Copy-OciContent ./layout v1 ./without; Copy-OciContent ./layout v1 ./with -IncludeReferrer");
        Assert.Empty(session.RunCleanly("Get-OciReferrer ./without v1"));
        Assert.Equal(SampleLayout.Digest(SampleLayout.Attached), session.RunCleanly("(Get-OciReferrer ./with v1).Digest").Single().ToString());
    }

    [Fact]
    public void WhatIf_does_not_repeat_referrers_of_a_copied_tag()
    {
        using var session = SampleLayout.Open();
        var lines = session.Run("Copy-OciContent ./layout -Destination ./mirror -IncludeReferrer -WhatIf").AssertNoErrors().WhatIf;
        Assert.Contains(lines, l => l.StartsWith($"Copy {SampleLayout.Digest(SampleLayout.Attached)} (", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, l => l.StartsWith("Copy sha256:", StringComparison.Ordinal) && l.Contains(" 0 objects", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatIf_names_the_tag_for_which_the_content_is_counted()
    {
        using var session = SampleLayout.Open();
        const string Line = "Get-OciTag ./layout v1, latest, v2 | Copy-OciContent -Destination ./mirror -WhatIf";
        var lines = session.Run(Line).AssertNoErrors().WhatIf;
        Assert.Contains($"Copy v1 from {session.Directory["layout"]} to {session.Directory["mirror"]}: no objects beyond those of latest.", lines);

        // Content that the destination has is not counted for another tag.
        session.RunCleanly("Copy-OciContent ./layout v1 ./mirror");
        lines = session.Run(Line).AssertNoErrors().WhatIf;
        Assert.Contains($"Copy latest from {session.Directory["layout"]} to {session.Directory["mirror"]}: 0 objects (0 B).", lines);
    }

    [Fact]
    public void Verbose_ends_with_the_totals()
    {
        using var session = SampleLayout.Open();
        const string Line = "Get-OciTag ./layout v1, latest, v2 | Copy-OciContent -Destination ./mirror -Verbose";
        Assert.Matches(@"^Copied 3 tags to .*mirror: 5 objects \([0-9.]+ K?i?B\)\. The content of 1 of them was there already\.$", session.Run(Line).AssertNoErrors().Verbose[^1]);
        Assert.Matches(@"^Copied 3 tags to .*mirror: 0 objects \(0 B\)\. The content of 3 of them was there already\.$", session.Run(Line).AssertNoErrors().Verbose[^1]);
        Assert.Contains(session.Run("Export-OciStore ./mirror ./m.tar -Verbose").AssertNoErrors().Verbose, v => v.StartsWith("Exported 5 blobs (", StringComparison.Ordinal));
        Assert.Contains(session.Run("Import-OciStore ./m.tar ./again -Verbose").AssertNoErrors().Verbose, v => v.StartsWith("Imported 3 tags of ", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatIf_names_each_object_and_its_size_and_copies_nothing()
    {
        using var session = SampleLayout.Open();

        var result = session.Run("Get-OciTag ./layout v1, v2 | Copy-OciContent -Destination ./mirror -WhatIf").AssertNoErrors();

        Assert.False(Directory.Exists(session.Directory["mirror"]));
        Assert.Contains($"What if: Copy v1 from {session.Directory["layout"]} to {session.Directory["mirror"]}: 3 objects (", result.HostText);
        Assert.Contains($"What if: Copy v2 from {session.Directory["layout"]} to {session.Directory["mirror"]}: 2 objects (", result.HostText);
        Assert.Contains($"Copy {SampleLayout.Digest(SampleLayout.FirstLayer)} (5 B, x-demo).", result.HostText);
    }

    [Fact]
    public void One_tag_for_several_roots_is_refused_before_anything_is_copied()
    {
        using var session = SampleLayout.Open();
        foreach (var line in (string[])["Copy-OciContent ./layout v1, v2 ./mirror -Tag x", "Get-OciTag ./layout | Copy-OciContent -Destination ./mirror -Tag x", "Copy-OciContent ./layout -Destination ./mirror -Tag x"])
        {
            Assert.Equal("OneInputOnly", session.Run(line).ErrorId);
            Assert.False(Directory.Exists(session.Directory["mirror"]));
        }
    }

    [Fact]
    public void Tags_are_renamed_and_PassThru_emits_the_copies()
    {
        using var session = SampleLayout.Open();
        dynamic copied = Assert.Single(session.RunCleanly("Copy-OciContent ./layout v1 ./mirror -Tag new, newer -PassThru"));
        Assert.Equal(session.Directory["mirror"], copied.Store.Path);
        Assert.Equal(["new", "newer"], session.RunCleanly("(Get-OciTag ./mirror).Tag").Select(t => t.ToString()));
    }

    [Fact]
    public void Missing_content_does_not_stop_the_copy_of_others()
    {
        using var session = SampleLayout.Open();
        var result = session.Run("'nope', 'v1' | Copy-OciContent ./layout -Destination ./mirror");
        Assert.Equal("NotFound", result.ErrorId);
        Assert.Equal(["v1"], session.RunCleanly("(Get-OciTag ./mirror).Tag").Select(t => t.ToString()));
    }

    [Theory]
    [InlineData("Get-OciTag ./layout | Copy-OciContent ./mirror", "MissingDestination", "-Destination './mirror'")]
    [InlineData("Copy-OciContent v1 ./mirror", "MissingDestination", "-Reference 'v1'")]
    [InlineData("Copy-OciContent ./layout v1", "MissingDestination", "-Destination")]
    [InlineData("Copy-OciContent ./layout v1 ./mirror.tar", "InvalidDestination", "Export-OciStore")]
    [InlineData("Copy-OciContent ./layout v1 ./full", "InvalidLayout", "New-OciStore")]
    [InlineData("Copy-OciContent ./layout v1 ./mirror -Tag 'no good'", "InvalidReference", "letters")]
    [InlineData("Copy-OciContent ./layout v1 ./mirror -Platform linux/amd64", "NotFound", "")]
    public void Invalid_arguments_have_advice(string line, string id, string advice)
    {
        using var session = SampleLayout.Open();
        Directory.CreateDirectory(session.Directory["full"]);
        File.WriteAllText(session.Directory["full/other.txt"], "mine");
        var result = session.Run(line);
        Assert.Equal(id, result.ErrorId);
        Assert.Contains(advice, (result.Terminating ?? result.Errors[0]).ErrorDetails.RecommendedAction);
        Assert.False(Directory.Exists(session.Directory["mirror"]));
    }
}
