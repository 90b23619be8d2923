using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>The shell as a process of its own, in pipes, as a build server would run it.</summary>
public sealed class ShellTests : IDisposable
{
    private static readonly string Shell = Path.Combine(AppContext.BaseDirectory, "OciLayout.Shell.dll");

    private readonly TemporaryDirectory _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("exit 3", 3)]
    [InlineData("throw 'broken'", 1)]
    [InlineData("if (", 1)]
    [InlineData("#requires -Version 99\n'never'", 1)]
    [InlineData("Get-Command nope", 0)]
    public async Task Exit_code_of_a_script_file(string script, int expected) =>
        Assert.Equal(expected, (await RunAsync(NewScript("s.ps1", script))).ExitCode);

    [Theory]
    [InlineData(4, "-Command", "exit 4")]
    [InlineData(1, "-Command", "if (")]
    [InlineData(1, "-Command", "Get-Command nope")]
    [InlineData(0, "-Command", "Get-Command nope; 'fine'")]
    [InlineData(1, "no-such-script.ps1")]
    [InlineData(64)]
    public async Task Exit_code_of_a_command_line(int expected, params string[] arguments) =>
        Assert.Equal(expected, (await RunAsync(arguments)).ExitCode);

    [Fact]
    public async Task Arguments_reach_the_parameters_as_they_are()
    {
        string script = NewScript("a.ps1", """
            param([string] $Name, [switch] $Force, [switch] $Quiet, [int] $Count, [Parameter(ValueFromRemainingArguments)] $Rest)
            "$Name|$Force|$Quiet|$Count|$($Rest -join ';')"
            """);

        ProcessResult result = await RunAsync(
            script, "-Name", "it's $(1) \"q\"", "-Force", "-Quiet:$false", "-Count:5", "a b", "-5", "[x]", "--", "-Name", "‘’", "");

        Assert.Equal("it's $(1) \"q\"|True|False|5|a b;-5;[x];-Name;‘’;\n", result.AssertSuccess().Output);
    }

    [Fact]
    public async Task Places_are_right_in_a_directory_with_brackets_and_blanks()
    {
        string directory = _temporary.NewDirectory("wé[i]rd d");
        string script = NewScript("wé[i]rd d/s.ps1", "$PSScriptRoot; $PSCommandPath; $PWD.Path; [Environment]::CurrentDirectory");

        ProcessResult result = await RunInAsync(directory, "s.ps1");

        Assert.Equal([directory, script, directory, directory], result.AssertSuccess().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Errors_and_output_go_their_own_ways_and_in_plain_text()
    {
        ProcessResult result = await RunAsync("-Command", """
            [pscustomobject]@{ First = 1; Second = 'two' }
            Get-Command nope
            function Remove-Thing { [CmdletBinding(SupportsShouldProcess)] param() if ($PSCmdlet.ShouldProcess('this', 'remove')) { 'removed' } }
            Remove-Thing -WhatIf
            & { [CmdletBinding()] param() $PSCmdlet.WriteWarning('careful'); $PSCmdlet.WriteVerbose('and so') } -Verbose
            """);

        Assert.DoesNotContain('\e', result.Output + result.Error);
        Assert.Contains("First Second", result.Output, StringComparison.Ordinal);
        Assert.Contains("What if: Performing the operation \"remove\" on target \"this\".\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("WARNING: careful\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("VERBOSE: and so\n", result.Output, StringComparison.Ordinal);
        Assert.StartsWith("Get-Command: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("The term 'nope' is not recognized", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[pscustomobject]@{ A = 'shown' }; throw 'broken'")]
    [InlineData("[pscustomobject]@{ A = 'shown' }; exit 1")]
    public async Task What_came_before_the_end_is_shown(string script)
    {
        Assert.Contains("shown", (await RunAsync("-Command", script)).Output, StringComparison.Ordinal);
        Assert.Contains("shown", (await RunAsync(NewScript("s.ps1", script))).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("function f { param([Parameter(Mandatory)] $Name) $Name } f", "missing mandatory parameters: Name")]
    [InlineData("function f { [CmdletBinding(SupportsShouldProcess)] param() $PSCmdlet.ShouldProcess('x') } f -Confirm", "there is nobody to give it")]
    public async Task A_question_to_nobody_is_an_error(string script, string message)
    {
        ProcessResult result = await RunAsync("-Command", script);

        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task An_interrupt_stops_the_script_which_cleans_up()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows cannot send Ctrl-C to one process.");
        string mark = _temporary["cleaned"];
        string script = NewScript("s.ps1", "try { 'ready'; while ($true) { } } finally { [IO.File]::WriteAllText($args[0], 'x') }");
        var start = new ProcessStartInfo("dotnet", [Shell, script, mark]) { RedirectStandardOutput = true };
        using var shell = Process.Start(start)!;
        Assert.Equal("ready", await shell.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));

        (await ExternalProcess.RunAsync("kill", ["-INT", $"{shell.Id}"])).AssertSuccess();
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.Equal(130, shell.ExitCode);
        Assert.True(File.Exists(mark));
    }

    [Fact]
    public async Task Older_runtimes_find_what_the_core_needs_beside_it_and_nobody_else_does()
    {
        string folder = Path.Combine(Repository.StagedModule, "bin");
        string script = NewScript("s.ps1", """
            $ErrorActionPreference = 'Stop'
            $hidden = [Reflection.BindingFlags] 'NonPublic, Static'
            $module = Get-Module OciLayout
            $resolver = $module.NestedModules[0].ImplementingAssembly.GetType('OciLayout.Loading.DependencyResolver')
            "registered: $($resolver.GetField('_registered', $hidden).GetValue($null))"
            $names = [Collections.Generic.List[string]] $resolver.GetField('Names', $hidden).GetValue($null)
            $names.Sort([StringComparer]::Ordinal)
            $resolve = $resolver.GetMethod('Resolve', $hidden)
            foreach ($asking in $module.NestedModules[0].ImplementingAssembly, [PSObject].Assembly) {
                $found = $resolve.Invoke($null, @($null, [ResolveEventArgs]::new('System.Text.Json, Version=99.0.0.0', $asking)))
                "found: $(if ($found) { $found.Location })"
            }
            $names
            """);

        ProcessResult result = await RunAsync(script);

        string[] lines = result.AssertSuccess().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["registered: 0", $"found: {Path.Combine(folder, "System.Text.Json.dll")}", "found: "], lines[..3]);
        Assert.Equal(
            Directory.EnumerateFiles(folder).Select(Path.GetFileNameWithoutExtension).Where(n => !n!.StartsWith("OciLayout", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            lines[3..]);
    }

    private Task<ProcessResult> RunAsync(params string[] arguments) => RunInAsync(_temporary.Path, arguments);

    private static Task<ProcessResult> RunInAsync(string directory, params string[] arguments) =>
        ExternalProcess.RunAsync("dotnet", [Shell, .. arguments], directory);

    private string NewScript(string name, string text) => _temporary.NewFile(name, Encoding.UTF8.GetBytes(text));
}
