using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>The Pester suite in <c>tests/*.Tests.ps1</c>, in a PowerShell of its own, where there is one.</summary>
public class PesterTests
{
    private static readonly Dictionary<string, string?> Plain = new() { ["NO_COLOR"] = "1", ["POWERSHELL_TELEMETRY_OPTOUT"] = "1" };

    [Fact]
    public async Task The_suite_passes()
    {
        string? pwsh = ExternalProcess.Find("pwsh");
        Assert.SkipWhen(pwsh is null, "pwsh is not installed.");
        ProcessResult found = await Run(pwsh, "if (Get-Module Pester -ListAvailable | Where-Object Version -ge '5.0') { 'yes' }");
        Assert.SkipWhen(found.Output.Trim() != "yes", "Pester 5 is not installed.");

        string tests = Path.Combine(Repository.Root, "tests").Replace("'", "''", StringComparison.Ordinal);
        ProcessResult result = await Run(pwsh, $$"""
            $ErrorActionPreference = 'Stop'
            Import-Module Pester -MinimumVersion 5.0
            $run = Invoke-Pester -Path '{{tests}}' -PassThru
            "Pester: $($run.PassedCount) passed, $($run.FailedCount + $run.FailedContainersCount) failed"
            exit [int]($run.Result -ne 'Passed' -or -not $run.PassedCount)
            """);

        result.AssertSuccess();
        TestContext.Current.SendDiagnosticMessage(result.Output[result.Output.LastIndexOf("Pester:", StringComparison.Ordinal)..].TrimEnd());
    }

    private static Task<ProcessResult> Run(string pwsh, string command) =>
        ExternalProcess.RunAsync(pwsh, ["-NoProfile", "-NonInteractive", "-Command", command], environment: Plain, timeout: TimeSpan.FromMinutes(10));
}
