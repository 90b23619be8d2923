using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

public class TagTests
{
    private static IEnumerable<string> Names(IEnumerable<PSObject> output) => output.Select(o => o.ToString());

    [Fact]
    public void Tags_are_listed_in_ordinal_order_with_their_content()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("Set-OciTag ./layout B -Reference v2");

        var tags = session.RunCleanly("Get-OciTag ./layout");

        Assert.Equal(["B", "latest", "v1", "v2"], Names(tags));
        dynamic v1 = tags[2];
        Assert.Equal(SampleLayout.Digest(SampleLayout.V1), v1.Digest.ToString());
        Assert.Equal(SampleLayout.ImageManifest, v1.MediaType);
        Assert.Equal((long)SampleLayout.V1.Length, v1.Size);
        Assert.Equal(session.Directory["layout"], v1.Store.Path);
    }

    [Theory]
    [InlineData("Get-OciTag ./layout v*", "v1 v2")]
    [InlineData("Get-OciTag ./layout v1, latest", "latest v1")]
    [InlineData("Get-OciTag ./layout 'v[2]'", "v2")]
    [InlineData("Get-OciTag ./layout V*", "")]
    [InlineData("Get-OciTag ./layout nothing*", "")]
    [InlineData("Get-OciTag ./layout -After latest", "v1 v2")]
    [InlineData("Get-OciTag ./layout -After lost", "v1 v2")]
    [InlineData("Get-OciTag ./layout v1 -After v1", "")]
    [InlineData("Get-OciStore ./layout | Get-OciTag -Tag v2", "v2")]
    [InlineData("'./layout' | Get-OciTag -Tag v2", "v2")]
    [InlineData("[IO.DirectoryInfo]\"$PWD/layout\" | Get-OciTag -Tag v2", "v2")]
    public void Tags_are_selected_by_wildcards(string line, string expected)
    {
        using var session = SampleLayout.Open();
        Assert.Equal(expected, string.Join(' ', Names(session.RunCleanly(line))));
    }

    [Theory]
    [InlineData("Get-OciTag ./layout nope", "NotFound", "nope")]
    [InlineData("Get-OciTag ./layout 'nope', v1", "NotFound", "nope")]
    [InlineData("Get-OciTag ./layout V1", "NotFound", "V1")]
    [InlineData("Get-OciTag ./layout 'v[1'", "NotFound", "v[1")]
    [InlineData("Remove-OciTag ./layout 'v[1'", "NotFound", "v[1")]
    [InlineData("Remove-OciTag ./layout nope", "NotFound", "nope")]
    [InlineData("'nope' | Remove-OciTag ./layout", "NotFound", "nope")]
    [InlineData("'v*' | Remove-OciTag ./layout", "NotFound", "v*")]
    [InlineData("Remove-OciTag ./layout", "MissingReference", "./layout")]
    [InlineData("Remove-OciTag ./layout ''", "MissingReference", "")]
    [InlineData("Set-OciTag ./layout -Reference v1", "MissingTag", "v1")]
    [InlineData("Set-OciTag v9", "MissingInput", null)]
    [InlineData("Set-OciTag ./layout v9 -Reference nope", "NotFound", "nope")]
    [InlineData("Set-OciTag ./layout 'a b' -Reference v1", "InvalidReference", "a b")]
    [InlineData("Set-OciTag ./layout '' -Reference v1", "MissingReference", "")]
    [InlineData("Set-OciTag ./layout v9", "TagTwice", "v9")]
    [InlineData("Set-OciTag $s v9 v1", "ParameterArgumentTransformationError", null)]
    [InlineData("Set-OciTag ./layout, ./mirror v9 v1", "TagTwice", "v9")]
    [InlineData("Set-OciTag ./layout v9 nope", "NotFound", "nope")]
    [InlineData("Set-OciTag ./nowhere v9 v1", "NotFound", "./nowhere")]
    [InlineData("Get-OciTag ./layout v1 | Set-OciTag ./layout v9", "TagTwice", "v9")]
    [InlineData("Get-OciTag ./layout v1 | Set-OciTag ./layout -Reference v2", "ParameterArgumentTransformationError", "v1")]
    public void Invalid_tags_have_an_error_id_and_are_named_as_typed(string line, string id, string? target)
    {
        using var session = SampleLayout.Open();
        string before = SampleLayout.Index(session);

        SessionResult result = session.Run(line);

        Assert.Equal(id, result.ErrorId);
        object? typed = result.AllErrors.Single().TargetObject;
        Assert.Equal(target, typed is object[] many ? string.Join(' ', many) : typed?.ToString());
        Assert.Equal(before, SampleLayout.Index(session));
    }

    [Theory]
    [InlineData("Set-OciTag ./layout new -Reference v2 -PassThru")]
    [InlineData("Set-OciTag ./layout new v2 -PassThru")]
    [InlineData("Set-OciTag ./layout new (Get-OciTag ./layout v2) -PassThru")]
    [InlineData("& { $PSDefaultParameterValues = @{ '*-Oci*:Store' = './mirror' }; Set-OciTag ./layout new v2 -PassThru }")]
    [InlineData("Set-OciTag -Store ./layout -Tag new -Reference (Get-OciTag ./layout v2) -PassThru")]
    [InlineData("Set-OciTag -Tag new -Reference (Get-OciTag ./layout v2) -PassThru")]
    [InlineData("Set-OciTag ./layout new -Reference (Get-OciTag ./layout v2).Digest -PassThru")]
    [InlineData("Set-OciTag ./layout new -Reference (Get-OciTag ./layout v2).Digest.ToString().Substring(0, 15) -PassThru")]
    [InlineData("Get-OciTag ./layout v2 | Set-OciTag new -PassThru")]
    [InlineData("Get-OciManifest ./layout v2 | Set-OciTag new -PassThru")]
    [InlineData("'v2' | Set-OciTag new -Store ./layout -PassThru")]
    [InlineData("'new' | Set-OciTag ./layout -Reference v2 -PassThru")]
    public void Content_is_tagged(string line)
    {
        using var session = SampleLayout.Open();

        dynamic tag = Assert.Single(session.RunCleanly(line));

        Assert.Equal("new", tag.Tag);
        Assert.Equal(SampleLayout.Digest(SampleLayout.V2), tag.Digest.ToString());
        Assert.Contains("\"new\"", SampleLayout.Index(session));
    }

    [Fact]
    public void Digest_prefixes_without_algorithm_are_for_reading_only()
    {
        using var session = SampleLayout.Open();
        string prefix = SampleLayout.Digest(SampleLayout.V2)["sha256:".Length..][..9];

        Assert.Single(session.RunCleanly("Get-OciDescriptor ./layout $args[0]", prefix));
        Assert.Equal("NotFound", session.Run("Set-OciTag ./layout new -Reference $args[0]", prefix).ErrorId);
    }

    [Fact]
    public void Moved_tags_keep_their_former_content()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("Get-OciTag ./layout v2 | Set-OciTag v1, latest; Set-OciTag ./layout v2 -Reference (Get-OciReferrer -Reference (Get-OciDescriptor ./layout)[0])");

        Assert.Equal(
            [SampleLayout.Digest(SampleLayout.V2), SampleLayout.Digest(SampleLayout.V2), SampleLayout.Digest(SampleLayout.Attached)],
            session.RunCleanly("Get-OciTag ./layout | ForEach-Object { $_.Digest }").Select(o => o.ToString()));
        Assert.Contains(SampleLayout.Digest(SampleLayout.V1), Names(session.RunCleanly("Get-OciDescriptor ./layout")));
    }

    [Fact]
    public void A_blob_can_be_tagged_with_a_warning()
    {
        using var session = SampleLayout.Open();

        SessionResult result = session.Run("Set-OciTag ./layout blob -Reference $args[0]", SampleLayout.Digest(SampleLayout.Orphan)).AssertNoErrors();

        Assert.Contains("not a manifest", Assert.Single(result.Warnings));
        Assert.Contains("blob", Names(session.RunCleanly("Get-OciTag ./layout")));
    }

    [Theory]
    [InlineData("Get-OciTag ./layout | Set-OciTag stable -PassThru")]
    [InlineData("Get-OciTag ./layout v1, v2 | Set-OciTag stable, other")]
    [InlineData("'v1', 'v2' | Set-OciTag stable -Store ./layout")]
    [InlineData("(Get-OciManifest ./layout v1), (Get-OciTag ./layout v2) | Set-OciTag stable")]
    public void Several_digests_for_one_tag_are_refused_and_nothing_is_set(string line)
    {
        using var session = SampleLayout.Open();
        string before = SampleLayout.Index(session);

        SessionResult result = session.Run(line);

        Assert.Equal("OneInputOnly", result.ErrorId);
        Assert.Single(result.AllErrors);
        Assert.Equal(before, SampleLayout.Index(session));
    }

    [Theory]
    [InlineData("Get-OciTag ./layout v1, latest | Set-OciTag one, two", "latest one two v1 v2")]
    [InlineData("Get-OciTag ./layout v1 | Set-OciTag one; $null = Copy-OciContent ./layout -Destination ./b; Get-OciStore ./layout, ./b | Get-OciTag -Tag v2 | Set-OciTag two", "latest one two v1 v2")]
    public void Repeated_digests_and_several_stores_are_accepted(string line, string expected)
    {
        using var session = SampleLayout.Open();
        session.RunCleanly(line);
        Assert.Equal(expected, string.Join(' ', Names(session.RunCleanly("Get-OciTag ./layout"))));
    }

    [Theory]
    [InlineData("[pscustomobject]@{ Tag = 'v1'; Digest = $v2 }, [pscustomobject]@{ Tag = 'new'; Digest = $v2 } | Set-OciTag ./layout")]
    [InlineData("[pscustomobject]@{ Tag = 'v1'; Digest = $v2; Store = './layout' }, @{ Tag = 'new'; Digest = $v2; Store = './layout' } | Set-OciTag")]
    [InlineData("[pscustomobject]@{ Tag = 'v1'; Reference = 'v2' }, [pscustomobject]@{ Tag = 'new'; Reference = 'v2' } | Set-OciTag -Store ./layout")]
    [InlineData("$PSDefaultParameterValues['*-Oci*:Store'] = './nowhere'; @{ Tag = 'v1'; Digest = $v2 }, @{ Tag = 'new'; Digest = $v2 } | Set-OciTag $PWD/layout")]
    public void Piped_objects_provide_their_tags(string line)
    {
        using var session = SampleLayout.Open();
        session.Set("v2", SampleLayout.Digest(SampleLayout.V2));
        session.RunCleanly(line);
        Assert.Equal(
            ["latest", "new", "v1", "v2"],
            Names(session.RunCleanly("Get-OciTag ./layout")));
        Assert.Equal(3, session.RunCleanly("Get-OciTag ./layout | Where-Object { $_.Digest -eq $v2 }").Count);
    }

    [Theory]
    [InlineData("1..3 | ForEach-Object { \"n$_\" } | Set-OciTag ./layout -Reference nope", "NotFound")]
    [InlineData("Get-OciDescriptor ./layout | Set-OciTag", "MissingTag")]
    [InlineData("1..3 | ForEach-Object { @{ Digest = $d } } | Set-OciTag ./layout", "MissingTag")]
    [InlineData("@{ Tag = 'x'; Digest = $d } | Set-OciTag ./nowhere", "NotFound")]
    public void Error_that_concerns_the_whole_pipeline_is_reported_once(string line, string id)
    {
        using var session = SampleLayout.Open();
        session.Set("d", SampleLayout.Digest(SampleLayout.V2));
        SessionResult result = session.Run(line);
        Assert.Equal(id, result.ErrorId);
        Assert.Single(result.AllErrors);
    }

    [Fact]
    public void A_tag_gets_annotations_and_keeps_existing_ones()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("Set-OciTag ./layout v1 -Reference v1 -Annotation @{ a = 1; b = 2 }; Set-OciTag ./layout v1 -Reference v1 -Annotation @{ b = 3 }");
        Assert.Equal("a=1 b=3", string.Join(' ', session.RunCleanly("(Get-OciTag ./layout v1).Annotations.GetEnumerator() | ForEach-Object { \"$($_.Key)=$($_.Value)\" }").Select(a => a.ToString()).Order(StringComparer.Ordinal)));
        Assert.Equal("InvalidAnnotation", session.Run("Set-OciTag ./layout v1 -Reference v1 -Annotation @{ a = @(1) }").ErrorId);
    }

    [Fact]
    public void WhatIf_states_the_current_content_of_a_moved_tag()
    {
        using var session = SampleLayout.Open();
        string line = Assert.Single(session.Run("Set-OciTag ./layout v1 -Reference v2 -WhatIf").AssertNoErrors().WhatIf);
        Assert.Contains($"Move tag from {SampleLayout.Digest(SampleLayout.V1)} to {SampleLayout.Digest(SampleLayout.V2)}", line);
    }

    [Theory]
    [InlineData("Set-OciTag ./layout v1 -Reference v2")]
    [InlineData("Push-OciManifest ./layout -Tag v1 -Value (Get-OciManifest ./layout v2).Json")]
    [InlineData("New-OciArtifact ./layout -ArtifactType a/b -Tag v1")]
    public void A_moved_tag_is_told(string line)
    {
        using var session = SampleLayout.Open();
        string moved = Assert.Single(session.Run(line + " -Verbose").AssertNoErrors().Verbose, v => v.StartsWith("Moved the tag 'v1'", StringComparison.Ordinal));
        Assert.Contains($"from {SampleLayout.Digest(SampleLayout.V1)} to ", moved, StringComparison.Ordinal);
        Assert.DoesNotContain(session.Run("Set-OciTag ./layout v2 -Reference v2 -Verbose").AssertNoErrors().Verbose, v => v.StartsWith("Moved", StringComparison.Ordinal));
    }

    [Fact]
    public void PassThru_has_the_digest_before_a_tag_was_moved()
    {
        using var session = SampleLayout.Open();
        Assert.Equal(SampleLayout.Digest(SampleLayout.V1), session.RunCleanly("$moved = Set-OciTag ./layout v1 -Reference v2 -PassThru; $moved.PreviousDigest").Single().ToString());
        session.RunCleanly("Set-OciTag ./layout v1 -Reference $moved.PreviousDigest");
        Assert.Equal(SampleLayout.Digest(SampleLayout.V1), session.RunCleanly("(Get-OciTag ./layout v1).Digest").Single().ToString());
        Assert.Null(session.RunCleanly("(Set-OciTag ./layout new -Reference v2 -PassThru).PreviousDigest").Single());
    }

    // Without the time, Sort-Object keeps the order of the tags, and the wrong ones are removed.
    [Fact]
    public void Tags_of_a_layout_sort_by_time_without_Detailed()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("foreach ($day in 3, 1, 2) { $null = New-OciArtifact ./layout -ArtifactType a/b -Tag \"day-$day\" -Annotation @{ 'org.opencontainers.image.created' = \"2026-01-0${day}T00:00:00Z\" } }");
        RealLayout.Unpack("regctl.tar", session.Directory);
        Assert.Equal("linux/amd64, linux/arm64", session.RunCleanly("(Get-OciTag ./regctl multi | ConvertTo-Csv | ConvertFrom-Csv).Platforms").Single().ToString());
        Assert.Equal("day-3 day-2 day-1", string.Join(' ', session.RunCleanly("(Get-OciTag ./layout day-* | Sort-Object Created -Descending).Tag")));
    }

    [Theory]
    [InlineData("Remove-OciTag ./layout v1", "latest v2")]
    [InlineData("Remove-OciTag ./layout v*", "latest")]
    [InlineData("Remove-OciTag ./layout v1, la*", "v2")]
    [InlineData("'v1', 'v2' | Remove-OciTag ./layout", "latest")]
    [InlineData("Get-OciTag ./layout v* | Remove-OciTag", "latest")]
    [InlineData("Get-OciStore ./layout | Remove-OciTag -Tag v2", "latest v1")]
    [InlineData("Remove-OciTag ./layout nothing*", "latest v1 v2")]
    [InlineData("Remove-OciTag ./layout * -WhatIf", "latest v1 v2")]
    public void Tags_are_removed_and_content_is_kept(string line, string left)
    {
        using var session = SampleLayout.Open();

        Assert.Empty(session.RunCleanly(line));

        Assert.Equal(left, string.Join(' ', Names(session.RunCleanly("Get-OciTag ./layout"))));
        Assert.True(File.Exists(SampleLayout.BlobFile(session, SampleLayout.V1)));
        Assert.Contains(SampleLayout.Digest(SampleLayout.V1), Names(session.RunCleanly("Get-OciDescriptor ./layout")));
    }

    [Theory]
    [InlineData("Rename-OciTag ./layout v1 v3", "latest v2 v3")]
    [InlineData("Get-OciTag ./layout v1 | Rename-OciTag -NewTag v3", "latest v2 v3")]
    [InlineData("'v1' | Rename-OciTag ./layout -NewTag v3", "latest v2 v3")]
    [InlineData("Get-OciTag ./layout v* | Rename-OciTag -NewTag { $_.Tag -replace 'v', 'release-' }", "latest release-1 release-2")]
    [InlineData("[pscustomobject]@{ Tag = 'v1'; NewTag = 'a' }, [pscustomobject]@{ Tag = 'a'; NewTag = 'b' } | Rename-OciTag ./layout", "b latest v2")]
    [InlineData("Rename-OciTag ./layout v1 1.10", "1.10 latest v2")]
    [InlineData("Rename-OciTag ./layout v1 v3 -WhatIf", "latest v1 v2")]
    [InlineData("[pscustomobject]@{ Tag = 'v1'; NewTag = 'a' }, [pscustomobject]@{ Tag = 'v2'; NewTag = 'v1' }, [pscustomobject]@{ Tag = 'a'; NewTag = 'v2' } | Rename-OciTag ./layout -WhatIf", "latest v1 v2")]
    public void Tags_are_renamed(string line, string left)
    {
        using var session = SampleLayout.Open();

        Assert.Empty(session.RunCleanly(line));

        Assert.Equal(left, string.Join(' ', Names(session.RunCleanly("Get-OciTag ./layout"))));
    }

    [Fact]
    public void A_renamed_tag_keeps_its_content_annotations_and_position()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("Set-OciTag ./layout v1 -Reference v1 -Annotation @{ a = 1; 'io.containerd.image.name' = 'docker.io/library/app:v1' }");
        var before = session.RunCleanly("(Get-OciDescriptor ./layout).Digest");

        dynamic renamed = Assert.Single(session.RunCleanly("Rename-OciTag ./layout v1 v3 -PassThru")).BaseObject;

        Assert.Equal("v3", renamed.Tag);
        Assert.Equal(SampleLayout.Digest(SampleLayout.V1), renamed.Digest.ToString());
        Assert.Equal("a=1", string.Join(' ', session.RunCleanly("(Get-OciTag ./layout v3).Annotations.GetEnumerator() | ForEach-Object { \"$($_.Key)=$($_.Value)\" }")));
        Assert.Equal(before, session.RunCleanly("(Get-OciDescriptor ./layout).Digest"));
    }

    [Theory]
    [InlineData("Rename-OciTag ./layout v1 v2", "AlreadyExists")]
    [InlineData("Rename-OciTag ./layout v1 v1", "AlreadyExists")]
    [InlineData("Rename-OciTag ./layout nope v3", "NotFound")]
    [InlineData("Rename-OciTag ./layout v1 v2 -WhatIf", "AlreadyExists")]
    [InlineData("Rename-OciTag ./layout nope v3 -WhatIf", "NotFound")]
    [InlineData("Rename-OciTag ./layout V1 v3", "NotFound")]
    [InlineData("Rename-OciTag ./layout v1", "MissingTag")]
    [InlineData("Rename-OciTag ./layout", "MissingTag")]
    [InlineData("Rename-OciTag ./layout v1 'two words'", "InvalidReference")]
    [InlineData("Rename-OciTag ./layout v1 sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "InvalidReference")]
    [InlineData("$t = Get-OciTag ./layout v1; Set-OciTag ./layout v1 -Reference v2; $t | Rename-OciTag -NewTag v3", "TagMoved")]
    [InlineData("Get-OciTag ./layout v* | Rename-OciTag -NewTag x", "AlreadyExists")]
    [InlineData("$null = Export-OciStore ./layout ./l.tar; Rename-OciTag ./l.tar v1 v3", "ReadOnlyStore")]
    public void A_tag_is_not_renamed_to_one_that_exists_or_is_invalid(string line, string id)
    {
        using var session = SampleLayout.Open();
        Assert.Equal(id, session.Run(line).ErrorId);
    }

    [Fact]
    public void Force_moves_an_existing_tag_and_keeps_its_content()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("Rename-OciTag ./layout v1 v2 -Force");
        Assert.Equal(["latest", "v2"], Names(session.RunCleanly("Get-OciTag ./layout")));
        Assert.Equal(SampleLayout.Digest(SampleLayout.V1), session.RunCleanly("(Get-OciTag ./layout v2).Digest").Single().ToString());
        Assert.Contains(SampleLayout.Digest(SampleLayout.V2), Names(session.RunCleanly("Get-OciDescriptor ./layout")));
    }

    [Fact]
    public void PassThru_emits_removed_tags()
    {
        using var session = SampleLayout.Open();
        Assert.Equal(["v1", "v2"], Names(session.RunCleanly("Remove-OciTag ./layout v* -PassThru")));
    }

    [Fact]
    public void WhatIf_names_the_tags()
    {
        using var session = SampleLayout.Open();

        var lines = session.Run("Remove-OciTag ./layout v* -WhatIf; Set-OciTag ./layout v3 -Reference v1 -WhatIf").AssertNoErrors().WhatIf;

        Assert.Equal(3, lines.Count);
        Assert.Contains("v1", lines[0]);
        Assert.Contains("v2", lines[1]);
        Assert.Contains("v3", lines[2]);
        Assert.Contains(SampleLayout.Digest(SampleLayout.V1), lines[2]);
    }

    [Theory]
    [InlineData("Set-OciTag ./layout 1.10 -Reference v1", "1.10")]
    [InlineData("Set-OciTag ./layout 1.1 -Reference v1", "1.1")]
    [InlineData("Get-OciTag ./layout v1 | Set-OciTag 1.5", "1.5")]
    [InlineData("Get-OciTag ./layout v1 | Set-OciTag 1.10", "1.10")]
    [InlineData("Get-OciTag ./layout v1 | Set-OciTag 007", "007")]
    [InlineData("Get-OciTag ./layout v1 | Set-OciTag 5, 6", "5 6")]
    [InlineData("5, 6 | Set-OciTag ./layout -Reference v1", "5 6")]
    [InlineData("Set-OciTag ./layout 1e3 -Reference v1; Set-OciTag ./layout 5kb -Reference 1e3", "1e3 5kb")]
    [InlineData("$null = Push-OciManifest ./layout -Value (Get-OciManifest ./layout v1).Json -Tag 2.0", "2.0")]
    [InlineData("Set-OciTag ./layout 1.10 -Reference v1; Set-OciTag ./layout n -Reference 1.10; Remove-OciTag ./layout 1.10", "n")]
    public void A_numeric_tag_is_used_as_typed(string line, string added)
    {
        using var session = SampleLayout.Open();
        session.RunCleanly(line);
        Assert.Equal(added, string.Join(' ', session.RunCleanly("(Get-OciTag ./layout).Tag").Select(t => t.ToString()).Except(["v1", "v2", "latest"])));
    }

    [Theory]
    [InlineData("Set-OciTag ./layout 1.10, 2.0 -Reference v1")]
    [InlineData("1.10 | Set-OciTag ./layout -Reference v1")]
    [InlineData("Push-OciManifest ./layout -Value (Get-OciManifest ./layout v1).Json -Tag 1.10, 1.20")]
    [InlineData("Set-OciTag ./layout 1.1 -Reference v1; Remove-OciContent ./layout @(1.10) -Force")]
    [InlineData("Set-OciTag ./layout 1.1 -Reference v1; [pscustomobject]@{ Tag = 1.10 } | Remove-OciTag -Store ./layout")]
    public void A_number_that_lost_digits_is_refused(string line)
    {
        using var session = SampleLayout.Open();
        SessionResult result = session.Run(line);
        Assert.Contains("in quotes", (result.Terminating ?? Assert.Single(result.Errors)).ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(session.RunCleanly("(Get-OciTag ./layout).Tag"), t => t.ToString() is "1.10" or "2");
        Assert.Equal(line.Contains("1.1 ", StringComparison.Ordinal), session.RunCleanly("(Get-OciTag ./layout).Tag").Any(t => t.ToString() == "1.1"));
    }
}
