using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Mono.Cecil;

namespace OciLayout.ModuleTests;

/// <summary>Finds assemblies in the module, in .NET Framework with its facades, and in the reference package of PowerShell.</summary>
internal sealed class FrameworkResolver : IAssemblyResolver
{
    private readonly Dictionary<string, AssemblyDefinition> _assemblies = new(StringComparer.OrdinalIgnoreCase);
    private readonly string[] _folders;

    /// <param name="framework">The folder of the framework's assemblies.</param>
    /// <param name="module">The folder of the module's assemblies.</param>
    public FrameworkResolver(string framework, string module)
    {
        string powerShell = Path.Combine(TestInputs.Packages, "powershellstandard.library", "5.1.1", "lib", "netstandard2.0");
        _folders = [framework, Path.Combine(framework, "Facades"), module, powerShell];
    }

    /// <summary>Creates a resolver with the reference assemblies of a version of .NET Framework.</summary>
    public static FrameworkResolver ForNetFramework(string package, string version, string module) => new(
        Path.Combine(TestInputs.Packages, "microsoft.netframework.referenceassemblies." + package, "1.0.3", "build", ".NETFramework", version), module);

    public AssemblyDefinition Read(string path)
    {
        AssemblyDefinition assembly = AssemblyDefinition.ReadAssembly(path, new ReaderParameters { AssemblyResolver = this });
        _assemblies.TryAdd(assembly.Name.Name, assembly);
        return _assemblies[assembly.Name.Name];
    }

    public AssemblyDefinition? Resolve(AssemblyNameReference name)
    {
        if (_assemblies.TryGetValue(name.Name, out AssemblyDefinition? known)) return known;
        string? path = _folders.Select(f => Path.Combine(f, name.Name + ".dll")).FirstOrDefault(File.Exists);
        return path is null ? null : Read(path);
    }

    public AssemblyDefinition? Resolve(AssemblyNameReference name, ReaderParameters parameters) => Resolve(name);

    /// <summary>Returns whether the runtime finds exactly this version. It unifies versions of .NET Framework's own assemblies.</summary>
    public bool HasExactly(AssemblyNameReference name) =>
        Resolve(name) is { } found && (found.Name.FullName == name.FullName || IsOfFramework(found) || name.Name == "System.Management.Automation");

    public void Dispose()
    {
        foreach (AssemblyDefinition assembly in _assemblies.Values)
            assembly.Dispose();
    }

    private bool IsOfFramework(AssemblyDefinition assembly) => assembly.MainModule.FileName.StartsWith(_folders[0], StringComparison.Ordinal);
}
