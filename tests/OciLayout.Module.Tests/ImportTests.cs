using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
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

        string dll = Path.Combine(Bin, "OciLayout.PowerShell.dll");
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
            foreach ($type in (Get-Module OciLayout).NestedModules[1].ImplementingAssembly.GetTypes()) {
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

        IEnumerable<Assembly> loaded = AppDomain.CurrentDomain.GetAssemblies().Where(a => a.GetName().Name!.StartsWith("OciLayout", StringComparison.Ordinal));
        IEnumerable<string> ofTheModule = loaded.Where(a => !ofTheTests.Contains(a.GetName().Name)).Select(a => a.Location).Order(StringComparer.Ordinal);

        string precompiled = Path.Combine(Bin, Precompiled);
        string[] expected = Directory.Exists(precompiled)
            ? [Path.Combine(Bin, "OciLayout.Loading.dll"), Path.Combine(precompiled, "OciLayout.Core.dll"), Path.Combine(precompiled, "OciLayout.PowerShell.dll")]
            : [Path.Combine(Bin, "OciLayout.Loading.dll"), Path.Combine(Bin, "net8.0", "OciLayout.Core.dll"), Path.Combine(Bin, "OciLayout.PowerShell.dll")];
        Assert.Equal(expected.Order(StringComparer.Ordinal), ofTheModule);
    }

    /// <summary>
    /// The cmdlets are compiled against the core for netstandard2.0. What the one that is loaded lacks would be missed when it is first used.
    /// </summary>
    [Fact]
    public void Whatever_the_cmdlets_refer_to_is_in_the_core_that_is_loaded()
    {
        const int MemberReferences = 0x0A000000;
        using var session = new ModuleSession();
        Module cmdlets = ((PSModuleInfo)Assert.Single(session.RunCleanly("(Get-Module OciLayout).NestedModules[1]")).BaseObject).ImplementingAssembly.ManifestModule;
        using var reader = new PEReader(File.OpenRead(cmdlets.FullyQualifiedName));
        int count = reader.GetMetadataReader().MemberReferences.Count;
        Type[] arguments = [typeof(object), typeof(object), typeof(object), typeof(object)]; // for the members of generic types

        MemberInfo[] members = [.. Enumerable.Range(1, count).Select(row => cmdlets.ResolveMember(MemberReferences + row, arguments, arguments)!)];

        Assert.Contains(members, m => m.DeclaringType!.FullName == "OciLayout.OciStoreOptions" && m.Name == "set_AutoSaveIndex");
    }

    public static TheoryData<string?, string, string> Builds => new()
    {
        { null, "net8.0", "." },
        { Precompiled, Precompiled, Precompiled },
        { $"net{Environment.Version.Major}.0-plan9-x64", "net8.0", "." },
        { $"net{Environment.Version.Major + 1}.0-{RuntimeInformation.RuntimeIdentifier}", "net8.0", "." },
    };

    /// <summary>Which dlls a process takes is all that is asked here; what is in them is the same.</summary>
    [Theory]
    [MemberData(nameof(Builds))]
    public async Task Precompiled_dlls_are_taken_where_they_fit_else_the_plain_ones(string? staged, string core, string cmdlets)
    {
        using var module = new TemporaryDirectory();
        CopyModule(module);
        foreach (string folder in new[] { "net8.0", staged }.OfType<string>())
        {
            Directory.CreateDirectory(module["bin/" + folder]);
            File.Copy(Path.Combine(Bin, "net8.0", "OciLayout.Core.dll"), module[$"bin/{folder}/OciLayout.Core.dll"]);
        }

        if (staged is not null) File.Copy(Path.Combine(Bin, "OciLayout.PowerShell.dll"), module[$"bin/{staged}/OciLayout.PowerShell.dll"]);

        ProcessResult result = await RunWithAsync(
            module, "-Command", "[OciLayout.Digest].Assembly.Location; (Get-Command Get-OciTag).ImplementingType.Assembly.Location; (New-OciStore store).TagCount; $Error.Count");

        string[] lines = result.AssertSuccess().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] expected = [module[$"bin/{core}/OciLayout.Core.dll"], Path.GetFullPath(module[$"bin/{cmdlets}/OciLayout.PowerShell.dll"]), "0", "0"];
        Assert.Equal(expected, lines.Select(l => l.TrimEnd('\r')));
    }

    /// <summary>What Windows PowerShell 5.1 and PowerShell 7.0 to 7.3 run, as far as it can be run here.</summary>
    [Fact]
    public async Task Cmdlets_work_on_the_core_for_older_runtimes()
    {
        using var module = new TemporaryDirectory();
        CopyModule(module);
        Directory.CreateDirectory(module["bin/net8.0"]);
        File.Copy(Path.Combine(Bin, "OciLayout.Core.dll"), module["bin/net8.0/OciLayout.Core.dll"]);
        string[] example = [Path.Combine(Repository.Root, "docs", "examples", "quickstart.ps1"), "./layout"];

        ProcessResult old = await RunWithAsync(module, example);

        Directory.Delete(module["layout"], recursive: true);
        ProcessResult modern = await ExternalProcess.RunAsync("dotnet", [Shell, .. example], module.Path);
        Assert.Equal(modern.AssertSuccess().Output, old.AssertSuccess().Output);
    }

    private static void CopyModule(TemporaryDirectory module)
    {
        foreach (string folder in new[] { ".", "bin" })
        {
            Directory.CreateDirectory(module[folder]);
            foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.StagedModule, folder)))
                File.Copy(file, module[Path.Combine(folder, Path.GetFileName(file))]);
        }
    }

    private static Task<ProcessResult> RunWithAsync(TemporaryDirectory module, params string[] arguments) => ExternalProcess.RunAsync(
        "dotnet",
        [Shell, .. arguments],
        module.Path,
        environment: new Dictionary<string, string?> { ["OCILAYOUT_MODULE"] = module["OciLayout.psd1"] });

    private static string Shell { get; } = Path.Combine(AppContext.BaseDirectory, "OciLayout.Shell.dll");

    private static string Bin { get; } = Path.Combine(Repository.StagedModule, "bin");

    private static string Precompiled { get; } = $"net{Environment.Version.Major}.0-{RuntimeInformation.RuntimeIdentifier}";

    private static IEnumerable<string> Sorted(IEnumerable<PSObject> names) => names.Select(n => n.ToString()).Order(StringComparer.Ordinal);
}
