using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using System.Threading;

namespace OciLayout.Loading;

/// <summary>
/// Finds System.Text.Json and what it needs beside this assembly, where the runtime has none or an older one: Windows PowerShell 5.1
/// and PowerShell 7.0 to 7.3. The packages refer to several versions of one another, and a module has no binding redirects.
/// </summary>
/// <remarks>It answers for those names only, and only when one of the files beside it asks: other modules keep what they had.</remarks>
internal static class DependencyResolver
{
    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "Microsoft.Bcl.AsyncInterfaces",
        "System.Buffers",
        "System.Memory",
        "System.Numerics.Vectors",
        "System.Runtime.CompilerServices.Unsafe",
        "System.Text.Encodings.Web",
        "System.Text.Json",
        "System.Threading.Tasks.Extensions",
    };

    // The assembly stays loaded when the module is removed, and what it made may live on; so the handler is added once and stays.
    private static int _registered;

    public static void Register()
    {
        if (Interlocked.Exchange(ref _registered, 1) == 0)
            AppDomain.CurrentDomain.AssemblyResolve += Resolve;
    }

    private static Assembly? Resolve(object sender, ResolveEventArgs request)
    {
        string name = new AssemblyName(request.Name).Name;
        if (!Names.Contains(name) || !IsBesideUs(request.RequestingAssembly))
            return null;

        string path = Path.Combine(ModuleLoader.Folder, name + ".dll");
        if (!File.Exists(path))
            return null;

        // .NET Framework may have found the same file by itself for another reference: LoadFrom gives that one again. Elsewhere the
        // runtime has its own, older one under that name, and only a context apart can hold a second.
        bool isNetFramework = typeof(object).Assembly.GetName().Name == "mscorlib";
        return isNetFramework ? Assembly.LoadFrom(path) : Assembly.LoadFile(path);
    }

    private static bool IsBesideUs(Assembly? assembly) =>
        assembly is { IsDynamic: false }
        && string.Equals(Path.GetDirectoryName(assembly.Location), ModuleLoader.Folder, StringComparison.OrdinalIgnoreCase);
}
