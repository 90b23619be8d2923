using System;
using System.Linq;
using System.Text;
using OciLayout.Model;

namespace OciLayout.Archives;

/// <summary>
/// Checks the names of files of an artifact. A name that leads out of its directory on some system, or is not the name of a file there, is
/// refused on all of them, so that every machine can unpack an artifact.
/// </summary>
internal static class SafeName
{
    /// <summary>The longest part of a name on Linux, in bytes of UTF-8.</summary>
    private const int LongestPart = 255;

    /// <summary>The longest name, in bytes of UTF-8. The paths of Linux have 4,095, with the directory.</summary>
    private const int LongestName = 3900;

    private static readonly string[] Devices = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"];

    /// <summary>Splits a relative name at its slashes, and leaves out parts that are a single dot.</summary>
    /// <param name="name">The name.</param>
    /// <param name="where">The place of the name, for the message.</param>
    /// <param name="isDirectory">Whether it is a directory, whose name may be a dot alone and end with a slash.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>.</exception>
    public static string[] Split(string name, string where, bool isDirectory = false)
    {
        if (isDirectory && name.Length > 1) name = name.TrimEnd('/');
        var parts = name.Split('/').Where(p => p != ".").ToArray();
        var problem = name.Length == 0 || (parts.Length == 0 && !isDirectory) ? "it is empty"
            : name[0] == '/' ? "it is absolute"
            : IsTooLong(name) ? $"it has more than {LongestName} bytes"
            : parts.Select(Problem).FirstOrDefault(p => p is not null);
        return problem is null ? parts : throw ArtifactErrors.UnsafeName(name, where, problem);
    }

    /// <summary>Whether a name, or the target of a link, is longer than paths can be.</summary>
    public static bool IsTooLong(string name) => Encoding.UTF8.GetByteCount(name) > LongestName;

    /// <summary>Returns the problem of one part of a name; null when it is valid.</summary>
    public static string? Problem(string part)
    {
        if (part.Length == 0) return "a part of it is empty";
        if (part is "." or "..") return $"it contains '{part}'";
        if (LengthProblem(part) is { } tooLong) return tooLong;
        if (part.Any(char.IsControl) || !UnicodeText.IsValid(part)) return "it has control characters or invalid Unicode";
        if (part.Any(c => c == '\\')) return "it has a backslash, which separates directories on Windows";
        if (part.Any(c => c == ':')) return "it has a colon, which marks a drive or an alternate stream on Windows";
        if (part.IndexOfAny(['<', '>', '"', '|', '?', '*']) >= 0) return "it has characters that Windows does not allow";
        if (part[part.Length - 1] is '.' or ' ') return "it ends with a dot or space, which Windows removes";
        return IsDevice(part) ? "it is the name of a device on Windows" : null;
    }

    /// <summary>Returns the problem of a part of a name that is too long for file systems; null when it is not.</summary>
    public static string? LengthProblem(string part) => Encoding.UTF8.GetByteCount(part) > LongestPart ? $"a part of it has more than {LongestPart} bytes" : null;

    // Windows treats "nul.txt" and "com¹" as devices, too.
    private static bool IsDevice(string part)
    {
        var stem = part.Split('.')[0].TrimEnd(' ').ToUpperInvariant();
        if (Devices.Contains(stem, StringComparer.Ordinal)) return true;
        return stem.Length == 4 && (stem.StartsWith("COM", StringComparison.Ordinal) || stem.StartsWith("LPT", StringComparison.Ordinal))
            && stem[3] is (>= '0' and <= '9') or '\u00B9' or '\u00B2' or '\u00B3';
    }
}
