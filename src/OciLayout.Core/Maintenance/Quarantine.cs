using System;
using System.IO;
using OciLayout.Files;
using OciLayout.Index;
using OciLayout.Layout;
using OciLayout.Sessions;

namespace OciLayout.Maintenance;

/// <summary>Moves files to the quarantine directory, under unique names. OciLayout never deletes them.</summary>
internal sealed class Quarantine(DirectoryLayout layout, IFileSystem files)
{
    /// <summary>Moves a file of the layout to the quarantine.</summary>
    /// <returns>The new path; null if the file did not exist.</returns>
    public string? Move(string path)
    {
        if (files.Stat(path) is null) return null;
        var name = NewName(path);
        files.Replace(path, layout.PathOf(name));
        Flush(); // must be durable before another file takes the old path
        return layout.PathOf(name);
    }

    /// <summary>Stores a copy of bytes that are about to be replaced.</summary>
    public void Copy(Session session, string path, byte[] bytes)
    {
        IndexTransaction.Replace(layout, files, session, NewName(path), bytes, flush: true);
        Flush();
    }

    private void Flush()
    {
        files.Flush(layout.PathOf(LayoutNames.QuarantineDirectory));
        files.Flush(layout.Root);
    }

    private string NewName(string path)
    {
        var directory = layout.PathOf(LayoutNames.QuarantineDirectory);
        FileChecks.RequireDirectory(files, directory);
        files.CreateDirectory(directory);
        return LayoutNames.QuarantineDirectory + "/" + Path.GetFileName(path) + "." + Guid.NewGuid().ToString("N");
    }
}
