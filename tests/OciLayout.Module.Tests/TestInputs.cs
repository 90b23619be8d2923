using System.Linq;
using System.Reflection;

namespace OciLayout.ModuleTests;

/// <summary>Paths that the build passes to the tests.</summary>
internal static class TestInputs
{
    /// <summary>The built OciLayout.Shell.dll, which <c>dotnet</c> runs.</summary>
    public static string Shell { get; } = Find("Shell");

    /// <summary>The folder of the built OciLayout.Framework, with a folder for each runtime.</summary>
    public static string Scenarios { get; } = Find("Scenarios");

    /// <summary>The folder of the restored NuGet packages.</summary>
    public static string Packages { get; } = Find("Packages");

    private static string Find(string key) =>
        typeof(TestInputs).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
