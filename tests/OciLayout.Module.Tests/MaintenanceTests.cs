using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

public class MaintenanceTests
{
    [Fact]
    public void An_intact_store_is_true_and_an_orphan_is_a_notice()
    {
        using var session = SampleLayout.Open();
        Assert.Equal("True", session.RunCleanly("Test-OciStore ./layout").Single().ToString());
        Assert.Equal("Unreferenced Notice", session.RunCleanly("Test-OciStore $s -Detailed | ForEach-Object { \"$($_.Problem) $($_.Severity)\" }").Single().ToString());
    }

    [Fact]
    public async Task A_pipeline_that_ends_early_ends_the_verification()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The file would take all of its length on disk there.");
        using var session = SampleLayout.Open();
        using (var blob = new FileStream(session.Directory["layout", "blobs", "sha256", new string('0', 64)], FileMode.CreateNew)) blob.SetLength(1L << 38);

        // Hashing the file takes longer than a minute.
        var result = await session.RunAsync("Test-OciStore ./layout -Detailed | Select-Object -First 1").WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.Single(result.AssertNoErrors().Output);
    }

    [Fact]
    public void Several_stores_are_tested_and_a_missing_one_is_an_error()
    {
        using var session = SampleLayout.Open();
        File.Delete(SampleLayout.BlobFile(session, SampleLayout.FirstLayer));
        session.RunCleanly("$null = New-OciStore ./other");

        var result = session.Run("'./layout', './nowhere', './other' | Test-OciStore -Quick");

        Assert.Equal(["False", "True"], result.Output.Select(o => o.ToString()));
        Assert.Equal("NotFound", result.ErrorId);
    }

    [Theory]
    [InlineData("Test-OciStore ./nowhere")]
    [InlineData("Repair-OciStore ./nowhere -Confirm:$false")]
    [InlineData("Measure-OciStore ./nowhere")]
    [InlineData("Compare-OciStore ./layout ./nowhere")]
    [InlineData("Compare-OciStore ./nowhere ./layout")]
    [InlineData("Import-OciStore ./nowhere.tar -Store ./new")]
    [InlineData("Copy-OciContent ./nowhere -Destination ./new")]
    public void A_missing_path_has_the_advice_to_check_it(string line)
    {
        using var session = SampleLayout.Open();
        var error = session.Run(line).AllErrors.Single();
        Assert.StartsWith("NotFound", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("Check the path.", error.ErrorDetails.RecommendedAction);
    }

    [Theory]
    [InlineData("oci-layout", "LayoutMissing")]
    [InlineData("index.json", "IndexMissing")]
    public void A_store_that_cannot_be_opened_is_tested_and_repaired(string file, string problem)
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("$s = $null");
        File.Delete(Path.Combine(session.Directory["layout"], file));

        Assert.Equal(problem, session.RunCleanly("Test-OciStore ./layout -Detailed | Where-Object Severity -eq Error | ForEach-Object Problem").Single().ToString());
        Assert.Equal("True", session.RunCleanly("(Repair-OciStore ./layout -Confirm:$false | Where-Object Remedy -ne None).Repaired").Single().ToString());
        Assert.Equal("True", session.RunCleanly("Test-OciStore ./layout").Single().ToString());
    }

    [Fact]
    public void Tags_that_cannot_be_restored_are_reported()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("$s = $null");
        File.Delete(Path.Combine(session.Directory["layout"], "index.json"));

        Assert.Equal("TagsLost Warning False", session.RunCleanly("Repair-OciStore ./layout -Confirm:$false | Where-Object Remedy -eq None | ForEach-Object { \"$($_.Problem) $($_.Severity) $($_.Repaired)\" }").Single().ToString());
        Assert.Equal("Notice", session.RunCleanly("Test-OciStore ./layout -Detailed | Where-Object Problem -eq NoTags | ForEach-Object Severity").Single().ToString());
    }

    [Fact]
    public void An_unrepaired_finding_has_a_reason()
    {
        using var session = SampleLayout.Open();
        File.Delete(SampleLayout.BlobFile(session, SampleLayout.FirstLayer));

        Assert.Equal("False No source was given.", session.RunCleanly("Repair-OciStore ./layout -Confirm:$false | ForEach-Object { \"$($_.Repaired) $($_.Reason)\" }").Single().ToString());
    }

    [Fact]
    public void Corrupt_content_is_moved_to_quarantine_and_fetched()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("$m = New-OciStore ./mirror; $null = $args[0] | Push-OciBlob $m", SampleLayout.FirstLayer);
        string blob = SampleLayout.BlobFile(session, SampleLayout.FirstLayer);
        File.Delete(blob);
        File.WriteAllText(blob, "hellO");

        Assert.Equal("DigestMismatch,latest v1 v2", session.RunCleanly("Test-OciStore ./layout -Detailed | Where-Object Severity -eq Error | ForEach-Object { \"$($_.Problem),$($_.Tag)\" }").Single().ToString());
        Assert.Equal("True", session.RunCleanly("(Repair-OciStore ./layout -Source ./mirror -Confirm:$false).Repaired").Single().ToString());
        Assert.Equal("hello", session.RunCleanly("Get-OciBlob ./layout $args[0] -AsString", SampleLayout.Digest(SampleLayout.FirstLayer)).Single().ToString());
        Assert.Equal("hellO", File.ReadAllText(Directory.GetFiles(session.Directory["layout/quarantine"]).Single()));
        Assert.Equal("True", session.RunCleanly("Test-OciStore ./layout").Single().ToString());
    }

    [Fact]
    public void Deep_test_finds_a_wrong_platform_and_a_wrong_layer()
    {
        using var session = new ModuleSession();
        session.RunCleanly("& $args[0]", Path.Combine(Repository.Root, "docs", "examples", "sample.ps1"));
        Assert.Equal("True", session.RunCleanly("Test-OciStore ./layout -Deep").Single().ToString());

        session.RunCleanly("$null = Get-OciImage ./layout app -Platform linux/amd64 | New-OciIndex -Platform linux/s390x -Tag wrong");
        session.RunCleanly("""
            $m = Get-OciManifest ./layout app -Platform linux/amd64
            $config = (Get-OciBlob ./layout $m.Config -AsString).Replace('268e1eee', '00000000') | Push-OciBlob ./layout
            $null = $m.Json.Replace($m.Config.Digest, $config.Digest) | Push-OciManifest ./layout -Tag other
            """);

        Assert.Equal("True", session.RunCleanly("Test-OciStore ./layout").Single().ToString());
        Assert.Equal("False", session.RunCleanly("Test-OciStore ./layout -Deep").Single().ToString());
        Assert.Equal(
            ["DiffIdMismatch other", "PlatformMismatch wrong"],
            session.RunCleanly("Test-OciStore ./layout -Deep -Detailed | Where-Object Severity -eq Error | ForEach-Object { \"$($_.Problem) $($_.Tag)\" } | Sort-Object").Select(o => o.ToString()));
        Assert.Empty(session.RunCleanly("Repair-OciStore ./layout -Confirm:$false"));
    }

    [Fact]
    public void Deep_and_quick_tests_exclude_each_other()
    {
        using var session = SampleLayout.Open();
        Assert.Equal("ConflictingParameters", session.Run("Test-OciStore ./layout -Deep -Quick").ErrorId);
    }

    [Fact]
    public void WhatIf_of_a_repair_names_each_change_and_changes_nothing()
    {
        using var session = SampleLayout.Open();
        string index = Path.Combine(session.Directory["layout"], "index.json");
        File.WriteAllText(index, "{");

        string text = session.Render("Repair-OciStore ./layout -WhatIf");

        Assert.Contains("RebuildIndex: IndexInvalid of " + index, text.Replace("\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal("{", File.ReadAllText(index));
        Assert.False(Directory.Exists(session.Directory["layout/quarantine"]));
    }

    [Fact]
    public void Findings_print_grouped_by_store_within_80_columns()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("$null = New-OciStore ./other");
        File.Delete(SampleLayout.BlobFile(session, SampleLayout.FirstLayer));
        File.WriteAllText(Path.Combine(session.Directory["other"], "index.json"), "");

        string[] lines = session.Render("'./layout', './other' | Test-OciStore -Detailed").Split('\n');

        Assert.All(lines, l => Assert.True(l.TrimEnd().Length <= 80, l));
        Assert.Equal(2, lines.Count(l => l.TrimStart().StartsWith("Store:", StringComparison.Ordinal)));
        Assert.Contains(lines, l => l.Contains("Missing", StringComparison.Ordinal) && l.Contains("latest, v1", StringComparison.Ordinal));
    }
}
