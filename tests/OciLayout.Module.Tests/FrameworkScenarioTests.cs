using System;
using System.IO;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Compares the core for netstandard2.0 on .NET Framework (mono outside of Windows) with the core for net8.0 on .NET.</summary>
public sealed class FrameworkScenarioTests
{
    [Fact]
    public async Task Main_scenarios_have_the_same_results_and_files_on_NET_Framework()
    {
        string? mono = OperatingSystem.IsWindows() ? null : ExternalProcess.Find("mono");
        Assert.SkipWhen(mono is null && !OperatingSystem.IsWindows(), "mono is not installed.");
        string program = Path.Combine(TestInputs.Scenarios, "net472", "OciLayout.Framework.exe");
        using var former = new TemporaryDirectory();
        using var modern = new TemporaryDirectory();

        ProcessResult expected = await ExternalProcess.RunAsync("dotnet", [Path.Combine(TestInputs.Scenarios, "net10.0", "OciLayout.Framework.dll"), modern.Path]);
        ProcessResult result = mono is null
            ? await ExternalProcess.RunAsync(program, [former.Path])
            : await ExternalProcess.RunAsync(mono, [program, former.Path]);

        Assert.SkipWhen(mono is not null && result.Error.Contains("assembly 'netstandard", StringComparison.Ordinal), "mono has no facade netstandard.dll.");
        Assert.Contains("verify import:", expected.AssertSuccess().Output, StringComparison.Ordinal);
        Assert.Equal(expected.Output, result.AssertSuccess().Output);
    }
}
