using System;
using System.IO;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
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

        // Without docker-registry, the scenarios with a registry are left out.
        bool hasRegistry = ExternalProcess.Find("docker-registry") is not null;
        await using var modernRegistry = hasRegistry ? await DockerRegistry.StartAsync() : null;
        await using var formerRegistry = hasRegistry ? await DockerRegistry.StartAsync() : null;
        string[] modernArguments = modernRegistry is null ? [modern.Path] : [modern.Path, modernRegistry.Host];
        string[] formerArguments = formerRegistry is null ? [former.Path] : [former.Path, formerRegistry.Host];

        ProcessResult expected = await ExternalProcess.RunAsync("dotnet", [Path.Combine(TestInputs.Scenarios, "net10.0", "OciLayout.Framework.dll"), .. modernArguments]);
        ProcessResult result = mono is null
            ? await ExternalProcess.RunAsync(program, formerArguments)
            : await ExternalProcess.RunAsync(mono, [program, .. formerArguments]);

        Assert.SkipWhen(mono is not null && result.Error.Contains("assembly 'netstandard", StringComparison.Ordinal), "mono has no facade netstandard.dll.");
        Assert.Contains("verify import:", expected.AssertSuccess().Output, StringComparison.Ordinal);
        Assert.Equal(expected.Output, result.AssertSuccess().Output);
    }
}
