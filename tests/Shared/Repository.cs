using System;
using System.IO;

namespace OciLayout.Testing;

/// <summary>Where things lie in the repository that the running test was built from.</summary>
internal static class Repository
{
    /// <summary>The folder of the solution, found upwards from the test's own.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The module as it was staged; what the tests import, never what lies in <c>src</c>.</summary>
    public static string StagedModule { get; } = Path.Combine(Root, "out", "OciLayout");

    /// <summary>Real layouts, each in a tar.</summary>
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
