using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace OciLayout.Safety.Steps;

/// <summary>An operation of one simulated process, and the tags that must have changed when it succeeds.</summary>
/// <param name="Name">The name in tables and messages.</param>
/// <param name="Do">The operation that is scheduled.</param>
/// <param name="Adds">The tag that the operation adds, and its target.</param>
/// <param name="Removes">The tag that the operation removes.</param>
/// <param name="Explained">The errors that the other process can cause.</param>
internal sealed record StoreOperation(string Name, Action<OciStore> Do, (string Tag, Content Target)? Adds = null, string? Removes = null,
    params OciErrorKind[] Explained)
{
    /// <summary>A step of the same process before the schedule begins.</summary>
    public Action<OciStore>? Before { get; init; }

    /// <summary>A check of this process's store object after both processes have ended.</summary>
    public Action<OciStore>? After { get; init; }

    public OciStoreOptions Options { get; init; } = new() { SweepBatch = 2, SweepTime = TimeSpan.MaxValue };

    /// <summary>Pushes new blobs and their manifest, then tags it.</summary>
    public static readonly StoreOperation Push = new("push", s => PushAll(s, "new", World.NewLayer, World.New), ("new", World.New));

    /// <summary>Pushes a new manifest over two stored blobs: one is garbage, the other belongs to another image.</summary>
    public static readonly StoreOperation ReuseBlobs = new("reuse blobs", s =>
        PushAll(s, "heir", World.OrphanLayer, World.VictimLayer, World.Heir), ("heir", World.Heir));

    /// <summary>Pushes and tags a manifest and its layer that are stored and not listed.</summary>
    public static readonly StoreOperation ReuseManifest = new("reuse manifest", s => PushAll(s, "again", World.OrphanLayer, World.Orphan),
        ("again", World.Orphan));

    public static readonly StoreOperation TagUntagged = new("tag untagged", s => s.Tag(World.Untagged.Descriptor, "rescued"),
        ("rescued", World.Untagged), null, OciErrorKind.NotFound);

    public static readonly StoreOperation TagOrphan = new("tag orphan", s => s.Tag(World.Orphan.Descriptor, "found"), ("found", World.Orphan),
        null, OciErrorKind.NotFound);

    public static readonly StoreOperation TagVictim = new("tag victim", s => s.Tag(World.Victim.Descriptor, "kept"), ("kept", World.Victim), null,
        OciErrorKind.NotFound);

    public static readonly StoreOperation Delete = new(
        "delete", s => s.Delete(s.PlanDeletion("victim")), null, "victim", OciErrorKind.NotFound, OciErrorKind.ContentReferenced,
            OciErrorKind.StoreBusy);

    public static readonly StoreOperation Collect = new("gc", s => s.Collect());

    /// <summary>Imports content and a tag from an archive. Some of the content is stored already, or is garbage.</summary>
    public static readonly StoreOperation Import = new("import", s => s.Import(World.Archive), ("imported", World.New));

    public static readonly StoreOperation Save = new("save", SaveByHand, ("saved", World.Untagged), null, OciErrorKind.NotFound)
    {
        Options = new() { AutoSaveIndex = false, SweepBatch = 2, SweepTime = TimeSpan.MaxValue },
    };

    public static readonly IReadOnlyList<StoreOperation> All = [Push, ReuseBlobs, ReuseManifest, TagUntagged, TagOrphan, TagVictim, Delete,
        Collect, Save, Import];

    /// <summary>Pushes content as a client does, and accepts content that exists, then tags the last one.</summary>
    public static void PushAll(OciStore store, string tag, params Content[] contents)
    {
        foreach (Content content in contents) store.Push(RequestFor(content), new MemoryStream(content.Bytes));
        store.Tag(contents.Last().Descriptor, tag);
    }

    public static PushRequest RequestFor(Content content) =>
        new() { MediaType = content.Descriptor.MediaType, Digest = content.Descriptor.Digest, Size = content.Bytes.Length };

    private static void SaveByHand(OciStore store)
    {
        store.Tag(World.Untagged.Descriptor, "saved");
        store.SaveIndex();
    }

    public override string ToString() => Name;
}
