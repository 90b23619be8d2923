using System.IO;

namespace OciLayout.PowerShell;

/// <summary>Checks output files of cmdlets.</summary>
internal static class OutputFile
{
    /// <summary>Throws when a file cannot be written or must not be replaced.</summary>
    public static void CheckTarget(string path, bool force)
    {
        if (Directory.Exists(path)) throw new OciArgumentException("InvalidPath", $"'{path}' is a directory.", "Write the name of a file.");
        if (!force && File.Exists(path)) throw new OciException(OciErrorKind.AlreadyExists, $"The file '{path}' already exists.", path);
        if (!Directory.Exists(Path.GetDirectoryName(path))) throw new DirectoryNotFoundException($"Cannot write '{Path.GetFileName(path)}': the directory '{Path.GetDirectoryName(path)}' does not exist.");
    }
}
