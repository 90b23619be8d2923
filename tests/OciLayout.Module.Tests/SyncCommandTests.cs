using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests Sync-OciRepository on repositories of docker-registry. Tests are skipped where it is not installed.</summary>
public class SyncCommandTests
{
    [Fact]
    public async Task Repositories_are_carried_by_a_layout_and_pushed_back_with_equal_digests()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);

        session.RunCleanly("""
            Sync-OciRepository oci://$h/team/* ./gap -IncludeReferrer
            $null = Export-OciStore ./gap ./gap.tar
            Import-OciStore ./gap.tar ./arrived
            Sync-OciRepository ./arrived oci://$h/mirror -IncludeReferrer
            """);

        Assert.Equal([registry.Host + "/team/app:latest", registry.Host + "/team/app:v1", registry.Host + "/team/app:v2", registry.Host + "/team/tool:v1"], Texts(session, "Get-OciTag ./arrived -NameOnly"));
        foreach (string repository in new[] { "team/app", "team/tool" })
            Assert.Equal(Texts(session, $"Get-OciTag oci://$h/{repository} | Where-Object Tag -notlike sha256-* | ForEach-Object {{ \"$($_.Tag) $($_.Digest)\" }}"), Texts(session, $"Get-OciTag oci://$h/mirror/{repository} | Where-Object Tag -notlike sha256-* | ForEach-Object {{ \"$($_.Tag) $($_.Digest)\" }}"));
        Assert.Equal(Texts(session, "(Get-OciReferrer ./layout v1).Digest"), Texts(session, "(Get-OciReferrer oci://$h/mirror/team/app v1).Digest"));
    }

    [Fact]
    public async Task The_effect_on_each_tag_is_emitted()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);
        const string Sync = "Sync-OciRepository oci://$h/team/app oci://$h/copy -PassThru | ForEach-Object { \"$($_.Action) $($_.Tag) $($_.Digest -eq (Get-OciTag ./layout $_.Tag).Digest) $($null -ne $_.PreviousDigest) $($_.Source) $($_.Destination)\" }";
        string places = $"oci://{registry.Host}/team/app oci://{registry.Host}/copy/team/app";

        Assert.Equal([$"Added latest True False {places}", $"Added v1 True False {places}", $"Added v2 True False {places}"], Texts(session, Sync).Order());
        Assert.Equal(["True"], Texts(session, "(Sync-OciRepository oci://$h/team/app ./gap -PassThru | Measure-Object CopiedSize -Sum).Sum -gt 500"));
        session.RunCleanly("Set-OciTag oci://$h/copy/team/app latest -Reference v1; Set-OciTag oci://$h/team/app latest -Reference v2; Set-OciTag ./layout latest -Reference v2");
        Assert.Equal([$"Moved latest True True {places}", $"Same v1 True True {places}", $"Same v2 True True {places}"], Texts(session, Sync).Order());
        Assert.Equal(["Same", "Same", "Same"], Texts(session, "(Sync-OciRepository oci://$h/team/app oci://$h/copy -PassThru).Action"));
        session.RunCleanly("Set-OciTag oci://$h/team/app latest -Reference v1");
        Assert.Equal(["Kept", "Same", "Same"], Texts(session, "(Sync-OciRepository oci://$h/team/app oci://$h/copy -KeepExisting -PassThru).Action").Order());
    }

    [Theory]
    [InlineData("Sync-OciRepository oci://$h/team/app ./gap -Include v* -Exclude v2", "app:v1")]
    [InlineData("Sync-OciRepository oci://$h/team/app ./gap -Include 'v1, latest'", "app:latest app:v1")]
    [InlineData("Sync-OciRepository oci://$h/team/app ./gap -Latest 1", "app:v2")]
    [InlineData("Sync-OciRepository \"oci://$h/team/app:v1\", oci://$h/team/tool ./gap -Exclude v1 -WarningAction Ignore", "app:v1")]
    [InlineData("Sync-OciRepository oci://$h/team/ ./gap -Include v1", "app:v1 tool:v1")]
    [InlineData("Get-OciStore oci://$h/team/* | Sync-OciRepository -Destination ./gap -Include v1", "app:v1 tool:v1")]
    [InlineData("Get-OciTag oci://$h/team/app | Where-Object Tag -match '^v\\d$' | Sync-OciRepository -Destination ./gap", "app:v1 app:v2")]
    [InlineData("\"oci://$h/team/tool\" | Sync-OciRepository -Destination ./gap", "tool:v1")]
    [InlineData("[pscustomobject]@{ Source = \"oci://$h/team/app\"; Include = 'v1', 'v2'; Latest = 1 } | Sync-OciRepository -Destination ./gap", "app:v2")]
    public async Task Tags_are_selected(string line, string expected)
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);

        session.RunCleanly(line);

        Assert.Equal(expected, string.Join(' ', Texts(session, "Get-OciTag ./gap -NameOnly").Select(t => t.Replace(registry.Host + "/team/", "", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task A_csv_file_has_the_sources_and_their_tags()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);
        File.WriteAllText(
            session.Directory["mirror.csv"],
            $"Source,Include,Exclude,Latest\noci://{registry.Host}/team/app,\"v*, latest\",v1,\noci://{registry.Host}/team/tool,,,1\n");

        Assert.Equal(["app:latest", "app:v2", "tool:v1"], Texts(session, "(Import-Csv ./mirror.csv | Sync-OciRepository -Destination ./gap -PassThru).Tag").Select(t => t.Replace(registry.Host + "/team/", "", StringComparison.Ordinal)).Order());
        // A parameter of the call is for all lines.
        Assert.Equal([registry.Host + "/team/tool:v1"], Texts(session, "(Import-Csv ./mirror.csv | Sync-OciRepository -Destination ./second -Include v1 -PassThru).Tag"));
    }

    [Fact]
    public async Task WhatIf_shows_the_totals_first_and_then_each_tag_and_sends_nothing()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);
        session.RunCleanly("Copy-OciContent oci://$h/team/tool:v1 -Destination \"oci://$h/copy/team/tool:old\"");

        var whatIf = session.Run("Sync-OciRepository oci://$h/team/* oci://$h/copy -Prune -WhatIf -PassThru").AssertNoErrors().WhatIf.ToList();

        Assert.Equal(7, whatIf.Count);
        Assert.StartsWith($"Copy 4 tags to oci://{registry.Host}/copy: ", whatIf[0], StringComparison.Ordinal);
        Assert.All(whatIf.Skip(1).Take(4), l => Assert.Contains($"Copy oci://{registry.Host}/team/", l, StringComparison.Ordinal));
        Assert.Contains("Remove 1 tag from", whatIf[5], StringComparison.Ordinal);
        Assert.Contains("Remove the tag old from", whatIf[6], StringComparison.Ordinal);
        Assert.Equal(["old"], Texts(session, "Get-OciTag oci://$h/copy/team/tool -NameOnly"));
        session.Run("Sync-OciRepository oci://$h/team/* ./new -WhatIf").AssertNoErrors();
        Assert.False(Directory.Exists(session.Directory["new"]));
    }

    [Fact]
    public async Task Tags_are_removed_from_a_layout_after_a_question()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry, "N", "Y");
        session.RunCleanly("Sync-OciRepository oci://$h/team/tool ./gap; Set-OciTag ./gap \"$h/team/tool:old\" -Reference \"$h/team/tool:v1\"");

        session.RunCleanly("Sync-OciRepository oci://$h/team/tool ./gap -Prune");
        Assert.Equal(2, Texts(session, "Get-OciTag ./gap").Length);
        session.RunCleanly("Sync-OciRepository oci://$h/team/tool ./gap -Prune");
        Assert.Equal([registry.Host + "/team/tool:v1"], Texts(session, "Get-OciTag ./gap -NameOnly"));
    }

    [Fact]
    public async Task Nothing_is_removed_when_a_source_cannot_be_listed()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);
        session.RunCleanly("Sync-OciRepository oci://$h/team/tool ./gap; Set-OciTag ./gap \"$h/team/tool:old\" -Reference \"$h/team/tool:v1\"");

        foreach (string source in new[] { "oci://$h/team/nope", "oci://$h/nope/*", "oci://localhost:1/team/*" })
        {
            var errors = session.Run($"Sync-OciRepository oci://$h/team/tool, {source} ./gap -Prune -Confirm:$false").AllErrors.Select(e => e.FullyQualifiedErrorId.Split(',')[0]).ToList();
            Assert.Equal([errors[0], "PruneRefused"], errors);
            Assert.Equal(2, Texts(session, "Get-OciTag ./gap").Length);
        }

        session.Run("Sync-OciRepository oci://$h/team/tool, oci://$h/nope/* ./gap -Prune -Confirm:$false -Force");
        Assert.Single(Texts(session, "Get-OciTag ./gap"));
    }

    [Fact]
    public async Task A_failing_tag_is_an_error_and_the_others_are_copied()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);

        var result = session.Run("Sync-OciRepository oci://$h/team/tool, oci://$h/team/nope, \"oci://$h/team/app:nope\", \"oci://$h/team/app:v1\" ./gap -PassThru -ErrorVariable failed");

        Assert.Equal(2, result.AllErrors.Count());
        Assert.All(result.AllErrors, e => Assert.StartsWith("NotFound,", e.FullyQualifiedErrorId, StringComparison.Ordinal));
        Assert.Equal(["Added", "Added", "Failed"], result.Output.Select(o => o.Properties["Action"].Value.ToString()!).Order());
    }

    [Theory]
    [InlineData("Sync-OciRepository -Destination ./gap", "MissingSource")]
    [InlineData("Sync-OciRepository ./layout", "MissingDestination")]
    [InlineData("Sync-OciRepository ./layout oci://localhost:1/a:v1", "InvalidDestination")]
    [InlineData("Sync-OciRepository ./layout ./gap.tar", "InvalidDestination")]
    [InlineData("Sync-OciRepository ./layout oci://localhost:1/Team", "InvalidReference")]
    [InlineData("Sync-OciRepository ./layout ./gap -Include ''", "InvalidPattern")]
    [InlineData("Sync-OciRepository ./layout ./gap -Exclude @()", "InvalidPattern")]
    [InlineData("Sync-OciRepository ./layout ./gap -Latest 0", "InvalidLatest")]
    [InlineData("Sync-OciRepository ./nowhere ./gap", "NotFound")]
    [InlineData("Sync-OciRepository oci://localhost:1/team/*:v1 ./gap", "InvalidSource")]
    [InlineData("Sync-OciRepository oci://localhost:1/a@sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a ./gap", "InvalidSource")]
    [InlineData("[pscustomobject]@{ Name = 'x' } | Sync-OciRepository -Destination ./gap", "InvalidStore")]
    [InlineData("[pscustomobject]@{ Source = './layout'; Latest = '0' } | Sync-OciRepository -Destination ./gap", "InvalidLatest")]
    [InlineData("New-OciStore ./a; Copy-OciContent ./layout v1 ./a; Sync-OciRepository ./layout, ./a ./gap", "AmbiguousReference")]
    [InlineData("Sync-OciRepository ./layout oci://localhost:1/x -Include v1", "InvalidReference")]
    public void Bad_input_has_an_id_and_a_next_step(string line, string id)
    {
        using var session = SampleLayout.Open();

        var errors = session.Run(line).AllErrors;

        Assert.All(errors, e => Assert.Equal(id, e.FullyQualifiedErrorId.Split(',')[0]));
        Assert.All(errors, e => Assert.NotEmpty(e.ErrorDetails.RecommendedAction));
        Assert.NotEmpty(errors);
        Assert.False(Directory.Exists(session.Directory["gap"]));
    }

    [Fact]
    public void An_empty_pipeline_copies_nothing()
    {
        using var session = SampleLayout.Open();
        Assert.Empty(session.RunCleanly("@() | Sync-OciRepository -Destination ./gap -PassThru"));
    }

    private static ModuleSession Open(DockerRegistry registry, params string[] answers)
    {
        var session = SampleLayout.Open(answers);
        session.Set("h", registry.Host);
        session.RunCleanly("Copy-OciContent ./layout -Destination oci://$h/team/app; Copy-OciContent ./layout v1 oci://$h/team/tool");
        return session;
    }

    private static string[] Texts(ModuleSession session, string script) => [.. session.RunCleanly(script).Select(o => o.ToString())];
}
