using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Paths of layouts, for completion.</summary>
internal static class LayoutPath
{
    /// <summary>Returns whether a path is a directory with an image layout, or an archive that can be read in place.</summary>
    public static bool Exists(string path) =>
        File.Exists(Path.Combine(path, "oci-layout")) || (path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase) && File.Exists(path));

    /// <summary>Returns the layouts that fit an incomplete path, and the directories that may contain layouts.</summary>
    public static IEnumerable<string> Complete(string typed, SessionState session)
    {
        var end = typed.LastIndexOfAny(['/', Path.DirectorySeparatorChar]) + 1;
        var (start, name) = (typed.Substring(0, end), typed.Substring(end));
        var directory = new DirectoryInfo(PathResolver.Literal(session, start.Length == 0 ? "." : start));
        var prefix = start.Length == 0 ? "." + Path.DirectorySeparatorChar : start;
        return directory.EnumerateFileSystemInfos()
            .Where(f => f.Name.StartsWith(name, StringComparison.OrdinalIgnoreCase) && (f is DirectoryInfo || Exists(f.FullName)))
            .Where(f => name.StartsWith(".", StringComparison.Ordinal) || !f.Name.StartsWith(".", StringComparison.Ordinal))
            .OrderBy(f => !Exists(f.FullName)).ThenBy(f => f.Name, StringComparer.Ordinal)
            .Select(f => prefix + f.Name);
    }
}
