using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Threading.Tasks;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests when changes are written to disk: once for each pipeline, however it ends.</summary>
public class CommitTests
{
    private const string CountWrites = "ForEach-Object { [IO.File]::ReadAllText(\"$PWD/layout/index.json\").GetHashCode() }";

    // The index is written after the last object of a pipeline. A pipeline that takes long also writes it every two seconds.
    private static void AssertOneWrite(IReadOnlyList<PSObject> seen, Stopwatch clock) =>
        Assert.InRange(seen.Select(s => s.BaseObject).Distinct().Count(), 1, 1 + (int)(clock.Elapsed.TotalSeconds / 2));

    [Fact]
    public void A_pipeline_of_tags_is_one_write()
    {
        using var session = SampleLayout.Open();
        string before = SampleLayout.Index(session);

        var clock = Stopwatch.StartNew();
        var seen = session.RunCleanly($"1..1000 | ForEach-Object {{ \"ci-$_\" }} | Set-OciTag ./layout -Reference v1 -PassThru | {CountWrites}");

        Assert.Equal(1000, seen.Count);
        AssertOneWrite(seen, clock);
        Assert.NotEqual(before, SampleLayout.Index(session));
        Assert.Equal(1003, ((dynamic)session.RunCleanly("$s")[0]).TagCount);
        Assert.Equal(1003, session.RunCleanly("Get-OciTag ./layout").Count);
    }

    [Fact]
    public void A_pipeline_of_removed_tags_is_one_write()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("1..200 | ForEach-Object { \"ci-$_\" } | Set-OciTag ./layout -Reference v1");

        var clock = Stopwatch.StartNew();
        var seen = session.RunCleanly($"Get-OciTag ./layout ci-* | Remove-OciTag -PassThru | {CountWrites}");

        Assert.Equal(200, seen.Count);
        AssertOneWrite(seen, clock);
        Assert.DoesNotContain("\"ci-", SampleLayout.Index(session));
    }

    [Fact]
    public void Pushed_and_tagged_in_one_pipeline_is_complete()
    {
        using var session = SampleLayout.Open();

        session.RunCleanly("""
            param($json)
            1..60 | ForEach-Object { $json.Replace('x-two', "x-$_") } | Push-OciManifest ./layout | ForEach-Object { $i = 0 } { $i++; Set-OciTag "m$i" -Reference $_ -Store ./layout }
            """, SampleLayout.V2);

        Assert.Equal(63, session.RunCleanly("Get-OciTag ./layout").Count);
        Assert.Equal("application/x-60", session.RunCleanly("(Get-OciManifest ./layout m60).ArtifactType").Single().ToString());
    }

    [Fact]
    public void Changes_of_a_stalled_pipeline_are_saved()
    {
        using var session = SampleLayout.Open();
        var output = session.RunCleanly("""
            Set-OciTag ./layout stalled -Reference v1 -PassThru | ForEach-Object {
                $clock = [Diagnostics.Stopwatch]::StartNew()
                do { [Threading.Thread]::Sleep(50); $written = [IO.File]::ReadAllText("$PWD/layout/index.json").Contains('"stalled"') }
                until ($written -or $clock.Elapsed.TotalSeconds -gt 300)
                $written
            }
            """);
        Assert.True((bool)Assert.Single(output).BaseObject);
    }

    [Fact]
    public void Failed_save_at_the_end_is_reported_once()
    {
        using var session = SampleLayout.Open();
        string before = SampleLayout.Index(session);

        SessionResult result = session.Run("Set-OciTag ./layout lost -Reference v1 -PassThru | ForEach-Object { [IO.File]::WriteAllText(\"$PWD/layout/index.json\", 'broken') }");

        Assert.Equal("InvalidIndex", result.ErrorId);
        Assert.Equal("broken", SampleLayout.Index(session));
        File.WriteAllText(session.Directory["layout", "index.json"], before);
        session.RunCleanly("Get-OciTag ./layout v1");
    }

    [Theory]
    [InlineData("Set-OciTag ./layout lost -Reference v1 -PassThru | ForEach-Object { & $break }")]
    [InlineData("Set-OciTag ./layout lost -Reference v1 -PassThru -ErrorAction Stop | ForEach-Object { & $break }")]
    [InlineData("Set-OciTag ./layout lost -Reference v1 -PassThru | ForEach-Object { & $break; throw 'enough' }")]
    [InlineData("do { Set-OciTag ./layout lost -Reference v1 -PassThru | ForEach-Object { & $break; break } } while ($false)")]
    [InlineData("Remove-OciTag ./layout v2 -PassThru | ForEach-Object { & $break }")]
    [InlineData("Push-OciManifest ./layout -Value $manifest -Tag lost | ForEach-Object { & $break }")]
    [InlineData("Copy-OciContent ./layout v1 ./layout -Tag lost -PassThru | ForEach-Object { & $break }")]
    [InlineData("New-OciArtifact ./layout -ArtifactType application/x-lost -Tag lost | ForEach-Object { & $break }")]
    [InlineData("New-OciIndex ./layout v1 -Platform linux/amd64 -Tag lost | ForEach-Object { & $break }")]
    public void A_change_reported_as_failed_is_not_made_later(string line)
    {
        using var session = SampleLayout.Open();
        string before = SampleLayout.Index(session);
        session.RunCleanly("$break = { [IO.File]::WriteAllText(\"$PWD/layout/index.json\", 'broken') }; $manifest = $args[0]", SampleLayout.Manifest("application/x-new", null));

        SessionResult failed = session.Run(line);
        File.WriteAllText(session.Directory["layout", "index.json"], before);
        SessionResult next = session.Run("Get-OciTag ./layout | ForEach-Object Tag");
        session.RunCleanly("Set-OciTag ./layout later -Reference v1");

        string[] told = [.. failed.AllErrors.Concat(next.AllErrors).Select(e => e.FullyQualifiedErrorId.Split(',')[0])];
        Assert.Equal("InvalidIndex", Assert.Single(told, id => id != "enough"));
        Assert.Equal(["latest", "v1", "v2"], next.Output.Select(o => o.ToString()));
        Assert.Equal(["later", "latest", "v1", "v2"], session.RunCleanly("Get-OciTag ./layout | ForEach-Object Tag").Select(o => o.ToString()));
        Assert.DoesNotContain("lost", SampleLayout.Index(session));
    }

    [Theory]
    [InlineData("'a', 'b', 'c' | Set-OciTag ./layout -Reference v1 -PassThru | ForEach-Object { if ($_.Tag -eq 'b') { throw 'enough' } }", "\"b\"")]
    [InlineData("Get-OciTag ./layout | Remove-OciTag -PassThru | ForEach-Object { if ($_.Tag -eq 'v1') { throw 'enough' } }", null)]
    [InlineData("Push-OciManifest ./layout -Value $args[0] -Tag pushed | ForEach-Object { throw 'enough' }", "\"pushed\"")]
    [InlineData("do { 'a', 'b', 'c' | Set-OciTag ./layout -Reference v1 -PassThru | ForEach-Object { if ($_.Tag -eq 'b') { break } } } while ($false)", "\"b\"")]
    public void Changes_before_a_terminating_error_are_saved(string line, string? expected)
    {
        using var session = SampleLayout.Open();

        session.Run(line, SampleLayout.Manifest("application/x-new", null));

        string index = SampleLayout.Index(session);
        if (expected is not null)
            Assert.Contains(expected, index);
        else
            Assert.DoesNotContain("\"v1\"", index);
        Assert.DoesNotContain("\"c\"", index);
    }

    [Fact]
    public async Task A_stopped_pipeline_saves_its_changes_and_leaves_an_intact_store()
    {
        using var session = SampleLayout.Open();
        Task<SessionResult> running = await session.RunUntilReachedAsync("$i = 0; & { while ($true) { \"t$i\"; $i++ } } | Set-OciTag ./layout -Reference v1 -PassThru | ForEach-Object { $global:last = $_.Tag; if ($_.Tag -eq 't50') { $reached.SetResult() } }");
        Assert.True((await session.StopAsync(running)).Stopped);

        string last = session.RunCleanly("$last").Single().ToString();
        Assert.Contains($"\"{last}\"", SampleLayout.Index(session));
        Assert.Equal(last, session.RunCleanly("(Get-OciTag ./layout $last).Tag").Single().ToString());
        session.RunCleanly("Get-OciTag ./layout v* | Get-OciDescriptor -Recurse");
    }

    [Fact]
    public async Task A_stopped_push_leaves_no_temporary_file()
    {
        using var session = SampleLayout.Open();
        string big = session.Directory["big.bin"];
        using (var file = new FileStream(big, FileMode.CreateNew))
            file.SetLength(2L << 30);

        SessionResult result = await session.StopAtFileAsync("*.upload", "Push-OciBlob ./layout ./big.bin");
        Assert.True(result.Stopped, string.Join(' ', result.AllErrors) + result.Output.Count);

        Assert.False(HasBigFile(session));
        session.RunCleanly("Get-OciTag ./layout | Get-OciDescriptor -Recurse");
    }

    [Fact]
    public void An_error_after_a_stop_is_reported_by_the_next_call()
    {
        using var session = SampleLayout.Open();
        string before = SampleLayout.Index(session);

        session.Run("Set-OciTag ./layout lost -Reference v1 -PassThru | ForEach-Object { [IO.File]::WriteAllText(\"$PWD/layout/index.json\", 'broken'); throw 'enough' }");
        Assert.Equal("broken", SampleLayout.Index(session));
        File.WriteAllText(session.Directory["layout", "index.json"], before);

        using (ModuleSession other = SampleLayout.Open())
            other.RunCleanly("Get-OciTag ./layout v1");
        SessionResult next = session.Run("Get-OciTag ./layout v1");
        Assert.Single(next.Output);
        Assert.Equal("InvalidIndex", next.ErrorId);
        Assert.Contains("earlier", next.Errors[0].ErrorDetails.RecommendedAction);
        session.Run("Get-OciTag ./layout v1").AssertNoErrors();
    }

    private static bool HasBigFile(ModuleSession session) =>
        Directory.EnumerateFiles(session.Directory["layout"], "*", SearchOption.AllDirectories).Any(f => new FileInfo(f) is { Exists: true, Length: > 1 << 20 });
}
