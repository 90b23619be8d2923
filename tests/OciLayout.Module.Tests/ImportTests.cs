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
    public void Manifest_is_valid_and_has_the_version_of_the_dlls()
    {
        using var session = ModuleSession.WithoutModule();

        var module = (PSModuleInfo)Assert.Single(session.RunCleanly("Test-ModuleManifest $args[0]", ModuleSession.Manifest)).BaseObject;

        string dll = Path.Combine(Bin, "net8.0", "OciLayout.PowerShell.dll");
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
    public void Commands_exist_after_importing_again(string again)
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
    public void Import_has_no_output_and_no_prompt()
    {
        using var session = ModuleSession.WithoutModule();

        SessionResult result = session.Run("Import-Module $args[0]", ModuleSession.Manifest).AssertNoErrors();

        Assert.Empty(result.Output);
        Assert.Empty(result.HostText);
    }

    [Fact]
    public void Assemblies_are_loaded_only_from_the_staged_directory()
    {
        using var session = new ModuleSession();
        IEnumerable<Assembly> loaded = AppDomain.CurrentDomain.GetAssemblies().Where(a => a.GetName().Name!.StartsWith("OciLayout", StringComparison.Ordinal));
        IEnumerable<string> ofTheModule = loaded.Where(a => a != typeof(ImportTests).Assembly).Select(a => a.Location).Order(StringComparer.Ordinal);

        string folder = Path.Combine(Bin, Directory.Exists(Path.Combine(Bin, Precompiled)) ? Precompiled : "net8.0");
        string[] expected = [Path.Combine(folder, "OciLayout.Core.dll"), Path.Combine(folder, "OciLayout.PowerShell.dll")];
        Assert.Equal(expected.Order(StringComparer.Ordinal), ofTheModule);
    }

    public static TheoryData<string?, string> Builds => new()
    {
        { null, "net8.0" },
        { Precompiled, Precompiled },
        { $"net{Environment.Version.Major}.0-plan9-x64", "net8.0" },
        { $"net{Environment.Version.Major + 1}.0-{RuntimeInformation.RuntimeIdentifier}", "net8.0" },
    };

    /// <summary>Tests which folder a process selects. All folders have the same content here.</summary>
    [Theory]
    [MemberData(nameof(Builds))]
    public async Task Precompiled_assemblies_are_used_on_matching_runtimes(string? staged, string expected)
    {
        using var module = new TemporaryDirectory();
        CopyModule(module);
        if (staged is not null)
            CopyFolder(Path.Combine(Bin, "net8.0"), module["bin/" + staged]);

        ProcessResult result = await RunWithAsync(
            module, "-NoProfile", "-Command", "[OciLayout.Digest].Assembly.Location; (Get-Command Get-OciTag).ImplementingType.Assembly.Location; (New-OciStore store).TagCount; $Error.Count");

        string[] lines = result.AssertSuccess().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal([module[$"bin/{expected}/OciLayout.Core.dll"], module[$"bin/{expected}/OciLayout.PowerShell.dll"], "0", "0"], lines);
    }

    /// <summary>Tests the core for Windows PowerShell 5.1 on the runtime that is available here.</summary>
    [Fact]
    public async Task Cmdlets_work_on_the_core_for_netstandard()
    {
        using var module = new TemporaryDirectory();
        CopyModule(module);
        File.Copy(Path.Combine(Bin, "netstandard2.0", "OciLayout.Core.dll"), module["bin/net8.0/OciLayout.Core.dll"], overwrite: true);
        string[] example = ["-NoProfile", "-File", Path.Combine(Repository.Root, "docs", "examples", "quickstart.ps1"), "./layout"];

        ProcessResult old = await RunWithAsync(module, example);

        Directory.Delete(module["layout"], recursive: true);
        ProcessResult modern = await ExternalProcess.RunAsync("dotnet", [TestInputs.Shell, .. example], module.Path);
        Assert.Equal(modern.AssertSuccess().Output, old.AssertSuccess().Output);
    }

    /// <summary>Runs a copy of the root module that contains the .NET versions of PowerShell 7.0 to 7.3 and 6.2.</summary>
    [Theory]
    [InlineData("7.0.3")]
    [InlineData("3.1.32")]
    [InlineData("4.0.30319.42000")]
    public void Unsupported_PowerShell_versions_are_refused_with_the_requirement(string runtime)
    {
        using var module = new TemporaryDirectory();
        CopyModule(module);
        string text = File.ReadAllText(module["OciLayout.psm1"]);
        Assert.Contains("[Environment]::Version", text, StringComparison.Ordinal);
        File.WriteAllText(module["OciLayout.psm1"], text.Replace("[Environment]::Version", $"([version] '{runtime}')", StringComparison.Ordinal));
        using var session = ModuleSession.WithoutModule();

        SessionResult result = session.Run("Import-Module $args[0]", module["OciLayout.psd1"]);

        Assert.Contains("requires PowerShell 7.4 or later, or Windows PowerShell 5.1", result.AllErrors.First().ToString(), StringComparison.Ordinal);
        Assert.Empty(session.RunCleanly("Get-Command -Name *-Oci* -Module OciLayout"));
    }

    /// <summary>The command name in the root module includes the module, so a function of the same name cannot replace it.</summary>
    [Fact]
    public void Import_does_not_call_user_functions_named_like_commands()
    {
        using var session = ModuleSession.WithoutModule();

        SessionResult result = session.Run(
            "function Import-Module { throw 'replaced' }; Microsoft.PowerShell.Core\\Import-Module $args[0]; (Get-Command -Module OciLayout).Count -gt 20", ModuleSession.Manifest);

        Assert.Equal("True", Assert.Single(result.AssertNoErrors().Output).ToString());
    }

    private static void CopyModule(TemporaryDirectory module)
    {
        CopyFolder(Repository.StagedModule, module.Path);
        CopyFolder(Path.Combine(Bin, "net8.0"), module["bin/net8.0"]);
    }

    private static void CopyFolder(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (string file in Directory.EnumerateFiles(source))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
    }

    private static Task<ProcessResult> RunWithAsync(TemporaryDirectory module, params string[] arguments) => ExternalProcess.RunAsync(
        "dotnet",
        [TestInputs.Shell, .. arguments],
        module.Path,
        environment: new Dictionary<string, string?> { ["OCILAYOUT_MODULE"] = module["OciLayout.psd1"] });

    private static string Bin { get; } = Path.Combine(Repository.StagedModule, "bin");

    private static string Precompiled { get; } = $"net{Environment.Version.Major}.0-{RuntimeInformation.RuntimeIdentifier}";

    private static IEnumerable<string> Sorted(IEnumerable<PSObject> names) => names.Select(n => n.ToString()).Order(StringComparer.Ordinal);
}
