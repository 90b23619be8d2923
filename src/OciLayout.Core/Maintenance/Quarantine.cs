using System;
using System.IO;
using OciLayout.Storage;

namespace OciLayout.Maintenance;

/// <summary>Moves files aside, under names that nothing used before. Nothing ever removes them but the people who read them.</summary>
internal sealed class Quarantine(DirectoryLayout layout, IFileSystem files)
{
    /// <summary>Moves a file of the layout aside.</summary>
    /// <returns>Where it is now; null when there was none.</returns>
    public string? Take(string path)
    {
        if (files.Stat(path) is null) return null;
        var target = NewName(path);
        files.Replace(path, target);
        return target;
    }

    /// <summary>Keeps a copy of bytes that are about to be replaced.</summary>
    public void Keep(string path, byte[] bytes)
    {
        using var copy = files.Create(NewName(path), FilePurpose.Plain);
        copy.Write(bytes, 0, bytes.Length);
    }

    private string NewName(string path)
    {
        var directory = layout.PathOf(LayoutNames.Aside);
        StoreLocks.RequireDirectory(files, directory);
        files.CreateDirectory(directory);
        return directory + Path.DirectorySeparatorChar + Path.GetFileName(path) + "." + Guid.NewGuid().ToString("N");
    }
}
