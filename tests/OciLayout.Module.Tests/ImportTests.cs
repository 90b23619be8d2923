using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

public class ImportTests
{
    private const string CommandNames = "(Get-Command -Module OciLayout).Name";

    [Fact]
    public void Manifest_is_valid_and_carries_the_version_of_the_dlls()
    {
        using var session = ModuleSession.WithoutModule();

        var module = (PSModuleInfo)Assert.Single(session.RunCleanly("Test-ModuleManifest $args[0]", ModuleSession.Manifest)).BaseObject;

        string dll = Path.Combine(Repository.StagedModule, "bin", "net8.0", "OciLayout.PowerShell.dll");
        Version version = AssemblyName.GetAssemblyName(dll).Version!;
        Assert.Equal(version.ToString(3), module.Version.ToString());
        Assert.Equal(["Desktop", "Core"], module.CompatiblePSEditions);
    }

    [Fact]
    public void Manifest_exports_every_cmdlet_of_the_dll_and_nothing_else()
    {
        using var session = new ModuleSession();

        IReadOnlyList<PSObject> declared = session.RunCleanly("(Test-ModuleManifest $args[0]).ExportedCommands.Keys", ModuleSession.Manifest);
        IReadOnlyList<PSObject> defined = session.RunCleanly("""
            foreach ($type in (Get-Module OciLayout).NestedModules[0].ImplementingAssembly.GetTypes()) {
                $attribute = [Attribute]::GetCustomAttribute($type, [Management.Automation.CmdletAttribute])
                if ($attribute) { "$($attribute.VerbName)-$($attribute.NounName)" }
            }
            """);

        Assert.Equal(Sorted(declared), Sorted(defined));
        Assert.Equal(Sorted(declared), Sorted(session.RunCleanly(CommandNames)));
    }

    [Theory]
    [InlineData("Import-Module $args[0]")]
    [InlineData("Import-Module $args[0] -Force")]
    [InlineData("Remove-Module OciLayout; Import-Module $args[0]")]
    [InlineData("Remove-Module OciLayout; Import-Module $args[0] -Force; Import-Module $args[0] -Force")]
    public void Commands_are_all_there_after_importing_again(string again)
    {
        using var session = new ModuleSession();
        IReadOnlyList<PSObject> before = session.RunCleanly(CommandNames);

        SessionResult result = session.Run(again, ModuleSession.Manifest).AssertNoErrors();

        Assert.Empty(result.Warnings);
        Assert.NotEmpty(before);
        Assert.Equal(Sorted(before), Sorted(session.RunCleanly(CommandNames)));
        session.RunCleanly("Get-Command Get-OciStore -Syntax");
    }

    [Fact]
    public void Removing_the_module_removes_its_commands()
    {
        using var session = new ModuleSession();

        Assert.Empty(session.RunCleanly("Remove-Module OciLayout; Get-Command *-Oci*"));
    }

    [Fact]
    public void Importing_says_nothing_and_asks_nothing()
    {
        using var session = ModuleSession.WithoutModule();

        SessionResult result = session.Run("Import-Module $args[0]", ModuleSession.Manifest).AssertNoErrors();

        Assert.Empty(result.Output);
        Assert.Empty(result.HostText);
    }

    [Fact]
    public void Assemblies_of_the_module_come_from_the_staged_directory_alone()
    {
        using var session = new ModuleSession();
        string[] ofTheTests = ["OciLayout.Shell", "OciLayout.Module.Tests"];

        Assembly[] loaded = [.. AppDomain.CurrentDomain.GetAssemblies().Where(a => a.GetName().Name!.StartsWith("OciLayout", StringComparison.Ordinal))];
        Assembly[] ofTheModule = [.. loaded.Where(a => !ofTheTests.Contains(a.GetName().Name))];

        Assert.NotEmpty(ofTheModule);
        string precompiled = Path.Combine(Repository.StagedModule, "bin", Precompiled);
        string expected = Directory.Exists(precompiled) ? precompiled : Path.Combine(Repository.StagedModule, "bin", "net8.0");
        Assert.All(ofTheModule, a => Assert.Equal(expected, Path.GetDirectoryName(a.Location)));
    }

    public static TheoryData<string?, string> Builds => new()
    {
        { null, "net8.0" },
        { Precompiled, Precompiled },
        { $"net{Environment.Version.Major}.0-plan9-x64", "net8.0" },
        { $"net{Environment.Version.Major + 1}.0-{RuntimeInformation.RuntimeIdentifier}", "net8.0" },
    };

    /// <summary>Which dll a process takes is all that is asked here; what is in it is the same.</summary>
    [Theory]
    [MemberData(nameof(Builds))]
    public async Task Precompiled_dlls_are_taken_where_they_fit_else_the_plain_ones(string? staged, string expected)
    {
        using var module = new TemporaryDirectory();
        foreach (string file in Directory.EnumerateFiles(Repository.StagedModule))
            File.Copy(file, module[Path.GetFileName(file)]);
        File.WriteAllText(module["OciLayout.psm1"], StagingTests.RootScript(staged is null ? [] : [staged, "net1.0-any"]));
        foreach (string folder in new[] { "net8.0", staged }.OfType<string>())
        {
            Directory.CreateDirectory(module["bin/" + folder]);
            foreach (string dll in Directory.EnumerateFiles(Path.Combine(Repository.StagedModule, "bin", "net8.0")))
                File.Copy(dll, module[$"bin/{folder}/{Path.GetFileName(dll)}"]);
        }

        ProcessResult result = await ExternalProcess.RunAsync(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "OciLayout.Shell.dll"), "-Command", "(Get-Command Get-OciTag).DLL; (New-OciStore store).TagCount; $Error.Count"],
            module.Path,
            environment: new Dictionary<string, string?> { ["OCILAYOUT_MODULE"] = module["OciLayout.psd1"] });

        string[] lines = result.AssertSuccess().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([Path.Combine(module.Path, "bin", expected, "OciLayout.PowerShell.dll"), "0", "0"], lines.Select(l => l.TrimEnd('\r')));
    }

    private static string Precompiled { get; } = $"net{Environment.Version.Major}.0-{RuntimeInformation.RuntimeIdentifier}";

    private static IEnumerable<string> Sorted(IEnumerable<PSObject> names) => names.Select(n => n.ToString()).Order(StringComparer.Ordinal);
}
