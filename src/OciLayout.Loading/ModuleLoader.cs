using System;
using System.IO;
using System.Management.Automation;
using System.Reflection;

namespace OciLayout.Loading;

/// <summary>
/// Gives the cmdlets the build of the core that the runtime takes best. The one beside them is for netstandard2.0: Windows PowerShell 5.1
/// and PowerShell 7.0 to 7.3 find it by themselves, and need help with what it refers to. For .NET 8 and later, which is PowerShell 7.4,
/// there is a better one in a folder below, and in another one both may lie precompiled.
/// </summary>
/// <remarks>
/// This is the first nested module, which the engine is done with before it looks at the next. The assembly of the cmdlets would be too late:
/// the engine calls an assembly when it has seen all types in it, and by then the runtime has loaded what they are made of.
/// </remarks>
public sealed class ModuleLoader : IModuleAssemblyInitializer
{
    private const string Core = "OciLayout.Core.dll";

    internal static string Folder { get; } = Path.GetDirectoryName(typeof(ModuleLoader).Assembly.Location)!;

    /// <inheritdoc/>
    public void OnImport()
    {
        if (Environment.Version.Major >= 8) Load(); // .NET Framework says 4
        else DependencyResolver.Register();
    }

    // What is loaded is taken for every reference to its name, and for a file, too, that is the same but for the precompiled code: so the
    // engine, which asks for the cmdlets beside this file, gets the precompiled ones. Such code fits one version of the runtime on one system.
    private static void Load()
    {
        var precompiled = Path.Combine(Folder, $"net{Environment.Version.Major}.0-{AppContext.GetData("RUNTIME_IDENTIFIER")}");
        if (File.Exists(Path.Combine(precompiled, Core)))
        {
            Assembly.LoadFrom(Path.Combine(precompiled, Core));
            Assembly.LoadFrom(Path.Combine(precompiled, "OciLayout.PowerShell.dll"));
        }
        else
        {
            Assembly.LoadFrom(Path.Combine(Folder, "net8.0", Core));
        }
    }
}
