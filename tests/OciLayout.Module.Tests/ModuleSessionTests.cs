using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests the results of <see cref="ModuleSession"/>, on which all other tests rely.</summary>
public class ModuleSessionTests
{
    [Fact]
    public void A_session_records_all_streams()
    {
        using var session = new ModuleSession();

        SessionResult result = session.Run("""
            function Remove-Thing {
                [CmdletBinding(SupportsShouldProcess)] param()
                $PSCmdlet.WriteWarning('careful')
                $PSCmdlet.WriteVerbose('and so')
                $PSCmdlet.WriteProgress([Management.Automation.ProgressRecord]::new(1, 'removing', 'half'))
                $PSCmdlet.ShouldProcess('this', 'remove')
                Get-Command nope
            }
            Remove-Thing -WhatIf -Verbose
            $args[0] * 2
            throw 'broken'
            """, 21);

        Assert.Equal([false, 42], result.Output.Select(o => o.BaseObject));
        Assert.Equal(["careful"], result.Warnings);
        Assert.Equal(["and so"], result.Verbose);
        Assert.Equal(["removing"], result.Progress.Select(p => p.Activity));
        Assert.Equal(["Performing the operation \"remove\" on target \"this\"."], result.WhatIf);
        Assert.Equal("CommandNotFoundException", Assert.Single(result.Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal("broken", result.Terminating?.Exception.Message);
        Assert.Throws<Xunit.Sdk.TrueException>(result.AssertNoErrors);
    }

    [Fact]
    public void A_session_has_its_own_directory_and_keeps_its_variables()
    {
        using var session = new ModuleSession();
        session.RunCleanly("$x = 1");
        session.Set("y", "set");

        Assert.Equal([session.Directory.Path, 1, "set"], session.RunCleanly("$PWD.Path; $x; $y").Select(o => o.BaseObject));
        Assert.NotEqual(session.Directory.Path, Directory.GetCurrentDirectory());
    }

    [Fact]
    public void A_session_renders_80_columns()
    {
        using var session = new ModuleSession();

        string text = session.Render("[pscustomobject]@{ Long = 'x' * 200; Other = 1 }; Get-Command nope; throw 'broken'");

        Assert.InRange(Assert.Single(text.Split('\n'), line => line.StartsWith("xxx", StringComparison.Ordinal)).Length, 75, 80);
        Assert.Contains("'nope' is not recognized", text, StringComparison.Ordinal);
        Assert.Contains("broken", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', text);
    }

    [Fact]
    public void Prompts_get_the_answers_and_fail_without_one()
    {
        const string Question = "function f { param([Parameter(Mandatory)] [string] $Name) \"<$Name>\" } f";
        using var answering = new ModuleSession("me");
        using var silent = new ModuleSession();

        Assert.Equal("<me>", Assert.Single(answering.RunCleanly(Question)).ToString());
        Assert.Equal("MissingMandatoryParameter", silent.Run(Question).ErrorId);
    }

    [Fact]
    public async Task A_running_script_can_be_stopped()
    {
        using var session = new ModuleSession();
        Task<SessionResult> running = await session.RunUntilReachedAsync("$reached.SetResult(); while ($true) { }");

        session.Stop();

        Assert.True((await running).Stopped);
    }
}
