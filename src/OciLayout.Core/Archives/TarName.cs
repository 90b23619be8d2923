using System;
using System.Linq;

namespace OciLayout.Archives;

/// <summary>Names of entries.</summary>
internal static class TarName
{
    /// <summary>
    /// Returns the name with slashes instead of the backslashes of archives that were made on Windows, and without <c>./</c> and doubled
    /// slashes. Returns null when the name is absolute or leads out of the archive.
    /// </summary>
    public static string? Normalize(string name)
    {
        name = name.Replace('\\', '/');
        if (name.Length == 0 || name[0] == '/' || name.Contains('\0')) return null;
        var parts = name.Split(['/'], StringSplitOptions.RemoveEmptyEntries);
        if (Array.IndexOf(parts, "..") >= 0) return null;
        return string.Join("/", parts.Where(p => p != "."));
    }
}
