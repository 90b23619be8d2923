using System;
using System.IO;

namespace OciLayout.Testing;

/// <summary>Paths in the repository that the running test was built from.</summary>
internal static class Repository
{
    /// <summary>The directory of the solution, found by walking up from the directory of the test.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The staged module, which the tests import instead of the files in <c>src</c>.</summary>
    public static string StagedModule { get; } = Path.Combine(Root, "out", "OciLayout");

    /// <summary>The directory of real layouts, each in a tar archive.</summary>
    public static string Data { get; } = Path.Combine(Root, "tests", "data");

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "OciLayout.slnx")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"No folder above '{AppContext.BaseDirectory}' holds OciLayout.slnx.");
    }
}
