using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>Refuses files of an unexpected kind at the paths of a layout.</summary>
internal static class FileChecks
{
    /// <summary>Refuses a symbolic link at the path of a directory or file of the layout.</summary>
    public static void RefuseLink(IFileReader files, string path)
    {
        if (files.Stat(path) is { IsLink: true }) throw Errors.LinkRefused(path);
    }

    /// <summary>Refuses a path of a directory of the layout at which another kind of file exists.</summary>
    public static void RequireDirectory(IFileReader files, string path)
    {
        RefuseLink(files, path);
        if (files.Stat(path) is not { Kind: not FileKind.Directory }) return;
        throw Errors.DirectoryBlocked(path);
    }
}
