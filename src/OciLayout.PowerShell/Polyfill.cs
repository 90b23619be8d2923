using System.IO;

namespace OciLayout.PowerShell;

/// <summary>All that the two frameworks do differently, in one place.</summary>
internal static class Polyfill
{
#if NETSTANDARD2_0
    /// <summary>Renames over an existing file; <c>File.Move</c> has no such overload here, and <c>File.Replace</c> needs a target.</summary>
    public static void MoveOver(string source, string target)
    {
        if (File.Exists(target)) File.Replace(source, target, null);
        else File.Move(source, target);
    }
#else
    /// <summary>Renames over an existing file.</summary>
    public static void MoveOver(string source, string target) => File.Move(source, target, overwrite: true);
#endif
}
