using System;
using System.IO;

namespace OciLayout.Shell;

/// <summary>Finds the staged module.</summary>
internal static class ModuleLocator
{
    /// <summary>Names another copy of the module: its directory or its manifest.</summary>
    public const string Variable = "OCILAYOUT_MODULE";

    /// <summary>The manifest to import.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static string Find()
    {
        string? named = Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrEmpty(named))
        {
            string path = Path.GetFullPath(named);
            string manifest = Directory.Exists(path) ? Path.Combine(path, "OciLayout.psd1") : path;
            return File.Exists(manifest) ? manifest : throw new FileNotFoundException($"{Variable} names '{named}', but there is no '{manifest}'.");
        }

        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string manifest = Path.Combine(folder.FullName, "out", "OciLayout", "OciLayout.psd1");
            if (File.Exists(manifest))
                return manifest;
        }

        throw new FileNotFoundException($"No folder above '{AppContext.BaseDirectory}' holds out/OciLayout; `dotnet build` makes it.");
    }
}
