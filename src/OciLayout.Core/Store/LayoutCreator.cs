using System;
using System.Linq;
using System.Threading;
using OciLayout.Files;
using OciLayout.Index;
using OciLayout.Layout;
using OciLayout.Model;
using OciLayout.Sessions;

namespace OciLayout.Store;

/// <summary>Creates a layout: <c>oci-layout</c>, the first <c>index.json</c>, and <c>blobs/</c> (image-spec, image-layout).</summary>
internal static class LayoutCreator
{
    /// <summary>Creates a layout in a directory. Existing files stay unchanged.</summary>
    /// <param name="layout">The directory.</param>
    /// <param name="files">The file system.</param>
    /// <param name="allowNonEmpty">Whether a directory that contains other files may become a layout.</param>
    /// <param name="flush">Whether to flush the written files.</param>
    /// <param name="timeout">The time to wait for locks.</param>
    /// <param name="cancellationToken">The token that cancels waiting.</param>
    public static void Create(DirectoryLayout layout, IFileSystem files, bool allowNonEmpty, bool flush, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (IsComplete(layout))
        {
            if (flush) LayoutFiles.Flush(layout, files);
            return;
        }

        if (files.Stat(layout.Root) is { Kind: not FileKind.Directory })
            throw Errors.NotADirectory(layout.Root);
        if (!allowNonEmpty && layout.Stat(LayoutNames.Layout) is null) RefuseStrangers(layout, files);
        if (layout.Stat(LayoutNames.Index) is null) RefuseContent(layout);
        files = new StoreFileSystem(files, layout.Root);
        if (files.Stat(layout.Root) is null) files.CreateRoot(layout.Root);
        layout = new DirectoryLayout(Native.RealPath(layout.Root) ?? layout.Root, files); // resolves links in the path of the store once
        FileChecks.RequireDirectory(files, layout.PathOf(LayoutNames.Blobs));
        files.CreateDirectory(layout.PathOf(LayoutNames.Blobs));
        var locks = new StoreLocks(layout, files);
        using (locks.LockStoreShared(timeout, cancellationToken))
        using (locks.LockIndex(timeout, cancellationToken))
        using (var session = Session.Open(files, locks.Ingest))
        {
            if (layout.Stat(LayoutNames.Layout) is null) IndexTransaction.Replace(layout, files, session, LayoutNames.Layout, LayoutFiles.LayoutFile.ToArray(), flush);
            if (layout.Stat(LayoutNames.Index) is null)
            {
                RefuseContent(layout);
                IndexTransaction.Replace(layout, files, session, LayoutNames.Index, IndexTable.EmptyIndex.ToArray(), flush);
            }
        }

        if (flush) LayoutFiles.Flush(layout, files);
        LayoutFiles.Check(layout, cancellationToken);
    }

    private static bool IsComplete(DirectoryLayout layout)
    {
        if (layout.Stat(LayoutNames.Layout) is null || layout.Stat(LayoutNames.Index) is null) return false;
        LayoutFiles.Check(layout);
        return true;
    }

    // Prevents that a directory with other files becomes a layout by mistake. Files of an interrupted creation, or of another process that
    // creates the same layout now, are accepted.
    private static void RefuseStrangers(DirectoryLayout layout, IFileSystem files)
    {
        var stranger = files.List(layout.Root).FirstOrDefault(f => f.Name is not (LayoutNames.Layout or LayoutNames.Blobs or LayoutNames.Index or LayoutNames.Ingest));
        if (stranger.Name.Length > 0)
        {
            throw Errors.NotEmpty(layout.Root, stranger.Name);
        }
    }

    // With an empty index, the next garbage collection would delete all existing content.
    private static void RefuseContent(DirectoryLayout layout)
    {
        var lost = layout.List(LayoutNames.Blobs).Where(d => d.Kind == FileKind.Directory).SelectMany(d => layout.List(LayoutNames.Blobs + "/" + d.Name)).FirstOrDefault();
        if (lost.Name.Length > 0)
            throw Errors.BlobsWithoutIndex(layout.Root);
    }
}
