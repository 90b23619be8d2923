using System;
using System.IO;

namespace OciLayout.Maintenance;

/// <summary>The permissions that files of a layout should have (blobs 0444, everything else 0644, less the umask; in a shared layout those of the directory).</summary>
internal static class FileModes
{
    private const int OwnerReads = 0x100;
    private const int OthersWrite = 0x12;
    private const int Sticky = 0x200;

    /// <summary>What is odd about the permissions of a file; null when nothing is, or nobody can tell.</summary>
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
            return null; // somebody removed it since it was listed
        }
    }
}
