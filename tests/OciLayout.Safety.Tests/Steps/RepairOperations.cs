using System;
using System.IO;
using OciLayout.Files;

namespace OciLayout.Safety.Steps;

/// <summary>Repairs. Each is planned before the schedule begins, so that its plan can be outdated when it runs.</summary>
internal static class RepairOperations
{
    /// <summary>A sound copy of the layout, the source of content and tags.</summary>
    public const string Whole = "/whole";

    /// <summary>Repairs with the sound copy as the source.</summary>
    public static StoreOperation FromSource() => Repair("repair from a source", s => new RepairOptions { Sources = [OciStore.OpenIsolated(Whole, s.State.Disk)] });

    /// <summary>Repairs without a source.</summary>
    public static StoreOperation Alone() => Repair("repair alone", _ => new RepairOptions());

    /// <summary>Repairs and drops index entries whose content is missing.</summary>
    public static StoreOperation Dropping() => Repair("repair and drop", _ => new RepairOptions { DropMissing = true });

    /// <summary>Repairs an index that is deleted after both processes have opened the store.</summary>
    public static StoreOperation LostIndex()
    {
        StoreOperation repair = FromSource();
        return repair with
        {
            Name = "repair a lost index",
            Before = s =>
            {
                s.State.Disk.Delete(s.Path + "/index.json");
                repair.Before!(s);
            },
        };
    }

    /// <summary>Copies an image from another layout with one worker, because a schedule needs one thread for each process.</summary>
    public static readonly StoreOperation Copy = new("copy", s =>
    {
        using var copy = new OciCopy(OciStore.OpenIsolated(World.Source, s.State.Disk), s, new CopyOptions { Workers = 1 });
        copy.Run(copy.Plan([new CopyRoot(World.New.Descriptor, ["copied"])]));
    }, ("copied", World.New));

    /// <summary>Restores an earlier copy of the index as another tool does, without a lock.</summary>
    public static StoreOperation RestoreIndex()
    {
        byte[] whole = [];
        return new StoreOperation("restore the index", s => Write(s.State.Disk, s.Path + "/restored.tmp", s.Path + "/index.json", whole))
        {
            Before = s => whole = Read(s.State.Disk, s.Path + "/index.json"),
        };
    }

    /// <summary>Replaces the bytes of blobs by wrong ones.</summary>
    public static void Rot(MemoryDisk disk, params Content[] contents)
    {
        foreach (Content content in contents)
        {
            string path = Invariant.BlobPath(World.Root, content.Digest);
            disk.Delete(path);
            using Stream file = disk.Create(path, FilePurpose.Plain);
            file.Write("rotten"u8);
        }
    }

    /// <summary>Deletes blobs without the store.</summary>
    public static void Lose(MemoryDisk disk, params Content[] contents)
    {
        foreach (Content content in contents) disk.Delete(Invariant.BlobPath(World.Root, content.Digest));
    }

    private static StoreOperation Repair(string name, Func<OciStore, RepairOptions> options)
    {
        RepairPlan? plan = null;
        return new StoreOperation(name, s => new OciRepair(s.Path, null, s.State.Disk, () => s).Run(plan!))
        {
            // One worker, because a schedule needs one thread for each process.
            Before = s => plan = new OciRepair(s.Path, options(s) with { Verify = new VerifyOptions { Workers = 1 } }, s.State.Disk, null).Plan(),
        };
    }

    private static byte[] Read(IFileSystem files, string path)
    {
        using Stream file = files.OpenRead(path);
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static void Write(IFileSystem files, string temporary, string path, byte[] bytes)
    {
        using (Stream file = files.Create(temporary, FilePurpose.Plain)) file.Write(bytes, 0, bytes.Length);
        files.Replace(temporary, path);
    }
}
