using System;
using System.IO;
using System.Linq;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Sessions;

namespace OciLayout.Maintenance;

/// <summary>
/// Repairs permissions and deletes uploads of processes that no longer run. Methods return null or the reason why the repair failed.
/// </summary>
internal sealed class FileRepair(RepairContext context)
{
    /// <summary>Sets the permissions that a file should have.</summary>
    public string? SetPermission(string path) => RepairContext.Try(() =>
    {
        if (context.Files.Stat(path) is not { Kind: FileKind.File, IsLink: false }) return "It is no longer a file of the layout.";
        context.Files.SetPurpose(path, FilePurpose.Plain);
        if (IsBlob(path) && !IsManifest(path)) context.Files.SetPurpose(path, FilePurpose.ReadOnly);
        using var readable = context.Files.OpenRead(path);
        return null;
    });

    /// <summary>Deletes an upload, unless its process still runs.</summary>
    public string? RemoveUpload(string path) => RepairContext.Try(() =>
    {
        using var gate = context.LockStoreExclusive();
        if (new IngestDirectory(context.Files, context.Locks.Ingest).Leftovers(null, DateTime.UtcNow).Any(l => l.Path == path)) context.Files.Delete(path);
        return null;
    });

    private bool IsBlob(string path) => Path.GetDirectoryName(Path.GetDirectoryName(path)) == context.Layout.PathOf(LayoutNames.Blobs);

    private bool IsManifest(string path)
    {
        if (context.Files.Stat(path) is not { Kind: FileKind.File, Length: > 0 } fact || fact.Length > context.ManifestLimit) return false;
        using var stream = context.Files.OpenRead(path);
        return Manifest.Sniff(stream.ReadToEnd()) is not null;
    }
}
