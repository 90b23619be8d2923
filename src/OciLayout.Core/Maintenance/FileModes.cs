using System;
using System.IO;
using OciLayout.Common;

namespace OciLayout.Maintenance;

/// <summary>
/// Checks the permissions of layout files: the owner can read the file, and only users who can write to its directory can write to it.
/// </summary>
internal static class FileModes
{
    private const int OwnerReads = 0x100;
    private const int OthersWrite = 0x12; // group and others
    private const int Sticky = 0x200;

    /// <summary>
    /// Returns the problem with the permissions of a file; null if there is none or the permissions cannot be determined.
    /// </summary>
    public static (string Expected, string Actual)? Problem(string path)
    {
        if (ModeOf(path) is not { } mode) return null;
        var shown = Convert.ToString(mode, 8).PadLeft(4, '0');
        if ((mode & OwnerReads) == 0) return ("a file that its owner may read", shown);
        var writers = Path.GetDirectoryName(path) is { } directory && ModeOf(directory) is { } above && (above & Sticky) == 0 ? above & OthersWrite : 0;
        return (mode & OthersWrite & ~writers) != 0 ? ("a file that only users who may write to its directory may write", shown) : null;
    }

    private static int? ModeOf(string path)
    {
        try
        {
            return Polyfill.GetUnixMode(path);
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null; // deleted since it was listed
        }
    }
}
