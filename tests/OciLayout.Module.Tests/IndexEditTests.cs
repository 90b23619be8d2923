using System;
using System.IO;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests Edit-OciIndex on the sample of the help and on an index of another tool.</summary>
public class IndexEditTests
{
    private static readonly string Sample = Path.Combine(Repository.Root, "docs", "examples", "sample.ps1");

    [Fact]
    public void The_tag_moves_to_the_result_and_the_old_index_stays_without_a_tag()
    {
        using var session = Open();
        session.RunCleanly("$old = (Get-OciTag ./layout app).Digest; $new = Edit-OciIndex ./layout app -Remove linux/arm64");

        Assert.Equal(["linux/amd64"], Texts(session, PlatformsOf("app")));
        Assert.Equal(["True True True"], Texts(session, "\"$($new.Digest -eq (Get-OciTag ./layout app).Digest) $($old -in (Get-OciDescriptor ./layout).Digest) $(Test-OciStore ./layout)\""));
    }

    [Fact]
    public void Images_are_added_by_tag_digest_and_object_and_one_call_replaces_an_image()
    {
        using var session = Open();
        session.RunCleanly("""
            $s390x = New-OciImage ./layout ./hello.txt -Platform linux/s390x -Tag s390x
            $riscv = New-OciImage ./layout ./hello.txt -Platform linux/riscv64
            $arm = New-OciImage ./layout ./hello.txt -Platform linux/arm64
            $null = Edit-OciIndex ./layout app -Add s390x, $riscv, "$($arm.Digest)" -Remove linux/arm64
            """);
        Assert.Equal(["linux/amd64", "linux/s390x", "linux/riscv64", "linux/arm64"], Texts(session, PlatformsOf("app")));
        Assert.Equal(["/hello.txt"], Texts(session, "(Get-OciImageFile ./layout app -Platform linux/arm64).Path"));

        session.RunCleanly("$null = Edit-OciIndex ./layout app -Remove s390x, $riscv, (Get-OciManifest ./layout app).Manifests[3].Platform");
        Assert.Equal(["linux/amd64"], Texts(session, PlatformsOf("app")));
    }

    [Fact]
    public void An_index_of_another_tool_is_changed_and_its_referrers_are_counted()
    {
        using var session = new ModuleSession();
        session.RunCleanly($"Import-OciStore '{RealLayout.PathOf("regctl.tar")}' ./layout; $json = (Get-OciManifest ./layout multi).Json");

        SessionResult result = session.Run("$null = Edit-OciIndex ./layout multi -Remove linux/arm64 -Annotation @{ vendor = 'Contoso' }").AssertNoErrors();

        Assert.Contains("1 manifest is attached", Assert.Single(result.Warnings), StringComparison.Ordinal);
        Assert.Equal(["linux/amd64"], Texts(session, PlatformsOf("multi")));
        Assert.Equal(["Contoso"], Texts(session, "(Get-OciManifest ./layout multi).Annotations.vendor"));
        session.RunCleanly("$null = Edit-OciIndex ./layout multi -Add arm64 -Platform linux/arm64 -Annotation @{ vendor = $null } -WarningAction Ignore");
        Assert.Equal(["linux/amd64", "linux/arm64"], Texts(session, PlatformsOf("multi")));
    }

    [Fact]
    public void An_edit_that_changes_nothing_writes_nothing_and_says_so()
    {
        using var session = Open();
        SessionResult result = session.Run("$before = [IO.File]::ReadAllText(\"$PWD/layout/index.json\"); $d = Edit-OciIndex ./layout app -Add app; \"$($d.Digest -eq (Get-OciTag ./layout app).Digest) $($before -eq [IO.File]::ReadAllText(\"$PWD/layout/index.json\"))\"").AssertNoErrors();
        Assert.Equal("True True", result.Output.Single().ToString());
        Assert.Contains("Nothing was written", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIf_lists_the_plan_and_writes_nothing()
    {
        using var session = Open();
        session.RunCleanly("$null = New-OciImage ./layout -Platform linux/s390x -Tag s390x; $before = [IO.File]::ReadAllText(\"$PWD/layout/index.json\")");
        SessionResult result = session.Run("Edit-OciIndex ./layout app -Remove linux/arm* -Add s390x -Annotation @{ a = 1; b = $null } -Tag x, y -WhatIf").AssertNoErrors();
        string[] texts = [.. result.WhatIf];
        Assert.Contains("Edit the index app in ", texts[0], StringComparison.Ordinal);
        Assert.EndsWith(": remove 1 member, add 1 member, change annotations, tag it x, y.", texts[0], StringComparison.Ordinal);
        Assert.Contains("Remove linux/arm64 sha256:", texts[1], StringComparison.Ordinal);
        Assert.Contains("Add linux/s390x sha256:", texts[2], StringComparison.Ordinal);
        Assert.Contains("Set the annotation a to '1'", texts[3], StringComparison.Ordinal);
        Assert.Contains("Remove the annotation b", texts[4], StringComparison.Ordinal);
        Assert.Equal(["True"], Texts(session, "$before -eq [IO.File]::ReadAllText(\"$PWD/layout/index.json\")"));
    }

    [Fact]
    public void Members_of_the_index_are_completed()
    {
        using var session = Open();
        Assert.Equal(["linux/amd64", "linux/arm64"], session.Complete("Edit-OciIndex ./layout app -Remove li").Select(c => c.CompletionText));
    }

    [Theory]
    [InlineData("Edit-OciIndex ./layout v1 -Remove linux/amd64", "UnsupportedMediaType", "New-OciIndex")]
    [InlineData("Edit-OciIndex ./layout app -Remove linux/riscv64", "NotFound", ".Manifests")]
    [InlineData("Edit-OciIndex ./layout app -Remove nope", "NotFound", ".Manifests")]
    [InlineData("Edit-OciIndex ./layout app -Remove v1", "NotFound", ".Manifests")]
    [InlineData("Edit-OciIndex ./layout app -Remove *", "InvalidManifest", "Keep one member")]
    [InlineData("Edit-OciIndex ./layout app -Add nope", "NotFound", "Copy-OciContent")]
    [InlineData("Edit-OciIndex ./layout app -Add v1", "InvalidManifest", "-Platform linux/arm64")]
    [InlineData("Edit-OciIndex ./layout app -Add v1 -Platform linux/arm64", "AlreadyExists", "-Remove linux/arm64")]
    [InlineData("Edit-OciIndex ./layout app -Add app -Platform linux/s390x", "InvalidManifest", "Leave out -Platform")]
    [InlineData("Edit-OciIndex ./layout app -Add v1, v2 -Platform linux/s390x", "PlatformCount", "one platform for each image")]
    [InlineData("Edit-OciIndex ./layout app -Platform linux/s390x", "PlatformCount", "one platform for each image")]
    [InlineData("Copy-OciContent ./layout v1 ./mirror; Edit-OciIndex ./layout app -Add (Get-OciTag ./mirror v1) -Platform linux/s390x", "StoreMismatch", "Copy-OciContent")]
    [InlineData("Edit-OciIndex ./layout app -Add (Get-OciStore ./layout)", "InvalidInput", "Name an image")]
    [InlineData("Edit-OciIndex ./layout app -Annotation @{ a = @(1, 2) }", "InvalidInput", "-Annotation @{")]
    [InlineData("Edit-OciIndex ./layout app -Annotation @{ '' = 1 }", "InvalidManifest", "-Annotation @{")]
    [InlineData("Edit-OciIndex ./layout app -Annotation @{ 'org.opencontainers.image.created' = 'yesterday' }", "InvalidManifest", "2026-01-31")]
    [InlineData("Edit-OciIndex ./layout app -Annotation @{ a = [string][char]0xD800 }", "InvalidInput", "whole character")]
    [InlineData("$twice = [ordered]@{}; $twice.Add(1, 'a'); $twice.Add('1', 'b'); Edit-OciIndex ./layout app -Annotation $twice", "InvalidInput", "each name once")]
    [InlineData("'app', 'app' | Edit-OciIndex ./layout -Remove linux/arm64 -Tag x -WhatIf", "OneInputOnly", "leave out -Tag")]
    [InlineData("$null = Export-OciStore ./layout ./l.tar; Edit-OciIndex ./l.tar app -Remove linux/arm64", "ReadOnlyStore", "Import-OciStore")]
    [InlineData("Edit-OciIndex ./layout -Remove linux/arm64", "MissingReference", "Write Edit-OciIndex ./layout v1")]
    public void A_change_that_is_not_possible_is_refused_and_nothing_is_written(string line, string id, string advice)
    {
        using var session = Open();
        string before = File.ReadAllText(session.Directory["layout/index.json"]);

        var error = session.Run(line).AllErrors.Last();

        Assert.Equal(id, error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains(advice, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(session.Directory["layout/index.json"]));
    }

    private static ModuleSession Open()
    {
        var session = new ModuleSession();
        session.RunCleanly($"& '{Sample}'");
        return session;
    }

    private static string[] Texts(ModuleSession session, string line) => [.. session.RunCleanly(line).Select(o => o.ToString())];

    // The line that lists the platforms of an index.
    private static string PlatformsOf(string reference) => $$"""(Get-OciManifest ./layout {{reference}}).Manifests | ForEach-Object { "$($_.Platform)" }""";
}
