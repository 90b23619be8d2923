using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Mono.Cecil;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>
/// Windows PowerShell 5.1 has no binding redirects for a module, so .NET Framework loads an assembly only in exactly the version that is
/// referenced. These tests resolve every reference of the staged assemblies as .NET Framework does.
/// </summary>
public class FrameworkReferenceTests
{
    private static readonly string Folder = Path.Combine(Repository.StagedModule, "bin", "netstandard2.0");

    public static TheoryData<string, string> Frameworks => new() { { "net472", "v4.7.2" }, { "net48", "v4.8" } };

    [Theory]
    [MemberData(nameof(Frameworks))]
    public void Assemblies_for_Windows_PowerShell_refer_to_exact_versions(string package, string version)
    {
        using var resolver = FrameworkResolver.ForNetFramework(package, version, Folder);

        IEnumerable<string> wrong = Assemblies(resolver).SelectMany(a => a.MainModule.AssemblyReferences
            .Where(r => !resolver.HasExactly(r)).Select(r => $"{a.Name.Name} -> {r.FullName}"));

        Assert.Empty(wrong);
    }

    [Theory]
    [MemberData(nameof(Frameworks))]
    public void Assemblies_for_Windows_PowerShell_refer_to_existing_types_and_members(string package, string version)
    {
        using var resolver = FrameworkResolver.ForNetFramework(package, version, Folder);
        AssertResolved(Assemblies(resolver));
    }

    /// <summary>In PowerShell 7 the cmdlets, which are compiled against the core for netstandard2.0, run on the core for net8.0.</summary>
    [Fact]
    public void Cmdlets_refer_to_existing_types_and_members_of_the_modern_core()
    {
        string folder = Path.Combine(Repository.StagedModule, "bin", "net8.0");
        using var resolver = new FrameworkResolver(Path.GetDirectoryName(typeof(object).Assembly.Location)!, folder);
        AssemblyDefinition cmdlets = resolver.Read(Path.Combine(folder, "OciLayout.PowerShell.dll"));

        AssertResolved([cmdlets], type => type.Scope.Name == "OciLayout.Core");
    }

    private static List<AssemblyDefinition> Assemblies(FrameworkResolver resolver) =>
        [.. Directory.EnumerateFiles(Folder, "*.dll").Order(StringComparer.Ordinal).Select(resolver.Read)];

    private static void AssertResolved(IReadOnlyCollection<AssemblyDefinition> assemblies, Func<TypeReference, bool>? select = null)
    {
        var missing = new List<string>();
        int count = 0;
        foreach (AssemblyDefinition assembly in assemblies)
        {
            foreach (TypeReference type in assembly.MainModule.GetTypeReferences().Where(t => select?.Invoke(t) ?? true))
            {
                count++;
                if (type.Resolve() is null) missing.Add($"{assembly.Name.Name} -> {type.FullName}");
            }

            foreach (MemberReference member in assembly.MainModule.GetMemberReferences().Where(m => select?.Invoke(m.DeclaringType.GetElementType()) ?? true))
            {
                count++;
                if (member.DeclaringType is not ArrayType && member.Resolve() is null) missing.Add($"{assembly.Name.Name} -> {member.FullName}");
            }
        }

        Assert.Empty(missing);
        Assert.True(count > 100, $"Only {count} references were checked.");
    }
}
