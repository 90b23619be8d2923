using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Threading.Tasks;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests that long operations show progress, and that Ctrl-C stops them at any moment.</summary>
public class StopTests
{
    [Theory]
    [InlineData("1..100000 | ForEach-Object { $global:n++; \"blob $_\" } | Push-OciBlob ./layout")]
    [InlineData("1..100000 | ForEach-Object { $global:n++; \"t$_\" } | Set-OciTag ./layout -Reference v1 -PassThru")]
    [InlineData("while ($true) { $global:n++; $null = 'x' | Push-OciBlob ./layout; $null = Invoke-OciGC ./layout }")]
    [InlineData("while ($true) { $global:n++; Set-OciTag ./layout x -Reference v2; Remove-OciTag ./layout x }")]
    [InlineData("while ($true) { $global:n++; $null = Get-OciDescriptor ./layout -Recurse; Get-OciReferrer ./layout v1 }")]
    public async Task A_pipeline_can_be_stopped_at_any_moment(string script)
    {
        using var session = SampleLayout.Open();
        var random = new Random(7);
        for (int round = 0; round < 12; round++)
        {
            // Stop at a random moment after some work has been done.
            session.Set("n", 0);
            int enough = random.Next(1, 60);
            Task<SessionResult> running = await session.RunUntilReachedAsync($"& {{ {script.Replace("$global:n++", $"if (++$global:n -eq {enough}) {{ $reached.SetResult() }}", StringComparison.Ordinal)} }}");
            Assert.True((await session.StopAsync(running)).Stopped);

            Assert.Equal(["latest", "v1", "v2"], Names(session).Intersect(["latest", "v1", "v2"]));
            session.RunCleanly("$null = Get-OciTag ./layout | Get-OciDescriptor -Recurse");
        }

        session.RunCleanly("$null = Invoke-OciGC ./layout");
        Assert.Empty(session.RunCleanly("Invoke-OciGC ./layout -PlanOnly"));
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_a_lock_of_another_process()
    {
        using var session = SampleLayout.Open();
        using (new FileStream(session.Directory["layout", "ingest", ".lock"], FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Task<SessionResult> running = await session.RunUntilReachedAsync("& { 'a', 'b'; $reached.SetResult() } | Set-OciTag ./layout -Reference v1");
            Assert.True((await session.StopAsync(running)).Stopped);
            Assert.DoesNotContain("\"a\"", SampleLayout.Index(session), StringComparison.Ordinal);
        }

        // The next command reports that the changes were not saved, and no later command saves them.
        SessionResult next = session.Run("Get-OciTag ./layout v*");
        Assert.Equal("StoreBusy", next.ErrorId);
        Assert.Contains("was stopped while another process held a lock", next.Errors[0].Exception.Message, StringComparison.Ordinal); // and not after the lock timeout
        Assert.Equal(2, next.Output.Count);
        session.RunCleanly("Set-OciTag ./layout c -Reference v1");
        Assert.Equal(["c", "latest", "v1", "v2"], Names(session));
        Assert.DoesNotContain("\"a\"", SampleLayout.Index(session), StringComparison.Ordinal);
    }

    [Fact]
    public void A_large_push_shows_and_removes_its_progress_bar()
    {
        using var session = SampleLayout.Open();
        using (var file = new FileStream(session.Directory["big.bin"], FileMode.CreateNew)) file.SetLength(2L << 30);

        IReadOnlyList<ProgressRecord> progress = session.Run("$null = Push-OciBlob ./layout ./big.bin; $null = Invoke-OciGC ./layout").AssertNoErrors().Progress;

        ProgressRecord[] shown = [.. progress.Where(p => p.RecordType == ProgressRecordType.Processing && p.Activity.StartsWith("Storing", StringComparison.Ordinal))];
        Assert.NotEmpty(shown);
        Assert.All(shown, p => Assert.Matches(@"big\.bin: .* of 2\.0 GiB, .*/s$", p.StatusDescription));
        Assert.Equal(shown.Select(p => p.PercentComplete).Order(), shown.Select(p => p.PercentComplete));
        foreach (var activity in progress.GroupBy(p => p.Activity)) Assert.Equal(ProgressRecordType.Completed, activity.Last().RecordType);
    }

    private static string[] Names(ModuleSession session) => [.. session.RunCleanly("(Get-OciTag ./layout).Tag").Select(t => t.ToString()).Where(t => !t.StartsWith('t'))];
}
