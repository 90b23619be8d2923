using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Runs the Pester suite in <c>tests/*.Tests.ps1</c> and the staged samples that are tests in the Shell, and in pwsh where it is installed.</summary>
public class PesterTests
{
    private static readonly Dictionary<string, string?> Environment = new() { ["NO_COLOR"] = "1", ["POWERSHELL_TELEMETRY_OPTOUT"] = "1" };

    public static TheoryData<string, string> Runs
    {
        get
        {
            var runs = new TheoryData<string, string> { { "Shell", "5.9.1" }, { "Shell", "6.2.0" } };
            if (ExternalProcess.Find("pwsh") is not null)
                runs.Add("pwsh", "5.9.1");
            return runs;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task The_suite_passes(string program, string pester)
    {
        string manifest = Path.Combine(TestInputs.Packages, "pester", pester, "tools", "Pester.psd1");
        string command = $$"""
            $ErrorActionPreference = 'Stop'
            Import-Module '{{Quote(manifest)}}'
            $run = Invoke-Pester -Path '{{Quote(Path.Combine(Repository.Root, "tests"))}}', '{{Quote(Path.Combine(Repository.StagedModule, "samples"))}}' -PassThru
            "Pester: $($run.PassedCount) passed, $($run.FailedCount + $run.FailedContainersCount + $run.FailedBlocksCount) failed, $($run.SkippedCount) skipped"
            exit [int]($run.Result -ne 'Passed' -or -not $run.PassedCount)
            """;
        string[] arguments = ["-NoProfile", "-NonInteractive", "-Command", command];

        ProcessResult result = program == "Shell"
            ? await ExternalProcess.RunAsync("dotnet", [TestInputs.Shell, .. arguments], environment: Environment, timeout: TimeSpan.FromMinutes(10))
            : await ExternalProcess.RunAsync(program, arguments, environment: Environment, timeout: TimeSpan.FromMinutes(10));

        result.AssertSuccess();
        TestContext.Current.SendDiagnosticMessage(result.Output[result.Output.LastIndexOf("Pester:", StringComparison.Ordinal)..].TrimEnd());
    }

    private static string Quote(string path) => path.Replace("'", "''", StringComparison.Ordinal);
}
