using System.Collections.Generic;
using System.IO;
using System.Text;
using OciLayout.Archives;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout.Safety.Steps;

/// <summary>The initial store of the processes: an example of each kind of content that concurrent operations can affect.</summary>
internal static class World
{
    /// <summary>Tagged. No operation changes it, so it must stay complete.</summary>
    public static readonly Content SharedLayer = Content.Blob("a layer that two images share");

    public static readonly Content BaseConfig = Content.Blob("the config of base");
    public static readonly Content Base = Content.Image(BaseConfig, SharedLayer);

    /// <summary>Tagged. The deletion deletes it.</summary>
    public static readonly Content VictimConfig = Content.Blob("the config of the victim");

    public static readonly Content VictimLayer = Content.Blob("the layer of the victim");
    public static readonly Content Victim = Content.Image(VictimConfig, VictimLayer, SharedLayer);

    /// <summary>Listed without a tag: garbage unless a process tags it first.</summary>
    public static readonly Content UntaggedLayer = Content.Blob("a layer of something untagged");

    public static readonly Content Untagged = Content.Image(BaseConfig, UntaggedLayer);

    /// <summary>Stored and not listed, as after an interrupted push.</summary>
    public static readonly Content OrphanLayer = Content.Blob("the layer of an orphan");

    public static readonly Content Orphan = Content.Image(BaseConfig, OrphanLayer);

    /// <summary>Not stored at the beginning.</summary>
    public static readonly Content NewLayer = Content.Blob("a new layer");

    public static readonly Content New = Content.Image(BaseConfig, NewLayer);

    /// <summary>A new manifest over stored blobs: one is garbage, the other belongs to the victim.</summary>
    public static readonly Content Heir = Content.Image(OrphanLayer, VictimLayer);

    public static readonly IReadOnlyList<Content> All = [SharedLayer, BaseConfig, Base, VictimConfig, VictimLayer, Victim, UntaggedLayer,
        Untagged, OrphanLayer, Orphan, NewLayer, New, Heir];

    /// <summary>The tags at the beginning.</summary>
    public static Dictionary<string, string> Tags => new() { ["base"] = Base.Digest, ["victim"] = Victim.Digest };

    /// <summary>The path of the layout in memory.</summary>
    public const string Root = "/store";

    /// <summary>Creates the layout.</summary>
    public static void Make(IFileSystem files, string root)
    {
        var options = new OciStoreOptions { AutoSaveIndex = false };
        files.CreateDirectory(root);
        LayoutCreator.Create(new DirectoryLayout(root, files), files, false, true, options.LockTimeout, default);
        var store = OciStore.OpenIsolated(root, files, options);
        foreach (Content content in (Content[])[SharedLayer, BaseConfig, Base, VictimConfig, VictimLayer, Victim, UntaggedLayer,
            Untagged, OrphanLayer])
            store.Push(content.Descriptor, new MemoryStream(content.Bytes));
        store.Tag(Base.Descriptor, "base");
        store.Tag(Victim.Descriptor, "victim");
        store.SaveIndex();
        store.State.Dispose();
        WriteBlob(files, root, Orphan);

        // The leftovers of a killed process: its session, its claims and an unfinished upload.
        string dead = root + "/ingest/" + new string('d', 32);
        files.TryLock(dead + ".session", exclusive: true)!.Dispose();
        Write(files, dead + ".claims", Encoding.UTF8.GetBytes($"+{OrphanLayer.Digest} {MediaTypes.OctetStream}\n"));
        Write(files, dead + ".1.upload", [1]);
    }

    /// <summary>The path of an archive of a layout with the new image and a tag.</summary>
    public const string Archive = "/imported.tar";

    public static void MakeArchive(IFileSystem files)
    {
        using Stream file = files.Create(Archive, FilePurpose.Plain);
        var tar = new TarWriter(file);
        tar.AddFile(LayoutNames.Layout, LayoutFiles.LayoutFile.ToArray());
        string entry = Encoding.UTF8.GetString(DescriptorAnnotations.WithTag(DescriptorJson.Write(New.Descriptor), "imported"));
        tar.AddFile(LayoutNames.Index, Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"manifests":[{{entry}}]}"""));
        foreach (Content content in (Content[])[New, NewLayer, BaseConfig]) tar.AddFile(LayoutNames.Blob(content.Descriptor.Digest), content.Bytes);
        tar.Finish();
    }

    /// <summary>The path of another layout, which has the new image without a tag.</summary>
    public const string Source = "/source";

    public static void MakeSource(IFileSystem files)
    {
        var options = new OciStoreOptions();
        files.CreateDirectory(Source);
        LayoutCreator.Create(new DirectoryLayout(Source, files), files, false, true, options.LockTimeout, default);
        var store = OciStore.OpenIsolated(Source, files, options);
        foreach (Content content in (Content[])[NewLayer, BaseConfig, New]) store.Push(content.Descriptor, new MemoryStream(content.Bytes));
        store.State.Dispose();
    }

    private static void WriteBlob(IFileSystem files, string root, Content content) =>
        Write(files, Invariant.BlobPath(root, content.Digest), content.Bytes);

    private static void Write(IFileSystem files, string path, byte[] bytes)
    {
        using Stream file = files.Create(path, FilePurpose.Plain);
        file.Write(bytes, 0, bytes.Length);
    }
}
