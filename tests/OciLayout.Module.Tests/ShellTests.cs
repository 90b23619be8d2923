using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests the Shell, PowerShell with the staged module imported, as a process with redirected streams.</summary>
public sealed class ShellTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData(3, "exit 3")]
    [InlineData(1, "throw 'broken'")]
    [InlineData(1, "if (")]
    [InlineData(0, "Get-Command nope")]
    public async Task Exit_code_of_a_script_equals_that_of_pwsh(int expected, string script) =>
        Assert.Equal(expected, (await RunAsync(_temporary.NewFile("s.ps1", Encoding.UTF8.GetBytes(script)))).ExitCode);

    [Theory]
    [InlineData(4, "-Command", "exit 4")]
    [InlineData(1, "-Command", "Get-Command nope")]
    [InlineData(0, "-Command", "Get-Command nope; 'fine'")]
    [InlineData(64, "no-such-script.ps1")]
    public async Task Exit_code_of_a_command_line_equals_that_of_pwsh(int expected, params string[] arguments) =>
        Assert.Equal(expected, (await RunAsync(arguments)).ExitCode);

    [Fact]
    public async Task Arguments_reach_the_parameters_of_a_script()
    {
        string script = _temporary.NewFile("a.ps1", "param([string] $Name, [switch] $Force, [Parameter(ValueFromRemainingArguments)] $Rest) \"$Name|$Force|$Rest\""u8.ToArray());

        ProcessResult result = await RunAsync(script, "-Name", "it's $(1)", "-Force", "a b", "[x]");

        Assert.Equal("it's $(1)|True|a b [x]", result.AssertSuccess().Output.TrimEnd());
    }

    [Fact]
    public async Task The_module_is_imported_from_the_staged_folder()
    {
        ProcessResult result = await RunAsync("-NoProfile", "-Command", "$PSVersionTable.PSEdition; (Get-Module OciLayout).ModuleBase; @(Get-Command -Module OciLayout).Count -gt 20");

        Assert.Equal(["Core", Repository.StagedModule, "True"], result.AssertSuccess().Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_job_runs_in_another_process()
    {
        ProcessResult result = await RunAsync("-NoProfile", "-Command", "(Start-Job { $PID } | Receive-Job -Wait -AutoRemoveJob) -ne $PID");

        Assert.Equal("True", result.AssertSuccess().Output.Trim());
    }

    [Fact]
    public async Task A_module_that_does_not_exist_is_an_error()
    {
        ProcessResult result = await RunAsync(new Dictionary<string, string?> { ["OCILAYOUT_MODULE"] = _temporary["none"] }, "-Command", "1");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(_temporary["none"], result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task An_interrupt_stops_the_script_and_runs_its_finally_block()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows cannot send Ctrl-C to one process.");
        string mark = _temporary["cleaned"];
        string script = _temporary.NewFile("s.ps1", "try { 'ready'; while ($true) { } } finally { [IO.File]::WriteAllText($args[0], 'x') }"u8.ToArray());
        var start = new ProcessStartInfo("dotnet", [TestInputs.Shell, "-NoProfile", script, mark]) { RedirectStandardOutput = true };
        using var shell = Process.Start(start)!;
        try
        {
            Assert.Equal("ready", await shell.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));

            (await ExternalProcess.RunAsync("kill", ["-INT", $"{shell.Id}"])).AssertSuccess();
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken);
        }
        finally
        {
            shell.Kill();
        }

        Assert.True(File.Exists(mark));
    }

    private Task<ProcessResult> RunAsync(params string[] arguments) => RunAsync([], arguments);

    private Task<ProcessResult> RunAsync(Dictionary<string, string?> environment, params string[] arguments) =>
        ExternalProcess.RunAsync("dotnet", [TestInputs.Shell, .. arguments], _temporary.Path, environment);
}
