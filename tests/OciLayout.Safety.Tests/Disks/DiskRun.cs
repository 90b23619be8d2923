using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Store;
using OciLayout.Testing;

namespace OciLayout.Safety.Disks;

/// <summary>A layout on a recorded disk, the operations on it, and the promises that were made.</summary>
internal sealed class DiskRun : IDisposable
{
    public const string Layout = "new/store";
    private const string ConfigType = "application/vnd.oci.image.config.v1+json";
    private const string LayerType = "application/vnd.oci.image.layer.v1.tar";

    private readonly TemporaryDirectory _directory = TemporaryDirectory.InMemory();
    private readonly List<OciStore> _opened = [];

    public DiskLog Log { get; } = new();

    public Promise Promise { get; private set; } = new();

    /// <summary>The content of index.json at the last promise.</summary>
    public byte[] Index { get; private set; } = [];

    public string IndexPath => Path.Combine(Root, "index.json");

    public string Base => _directory.Path;

    public string Root => _directory["new", "store"];

    private static readonly Lazy<(DiskState Disk, Promise Promise)> Template = new(MakeTemplate);

    /// <summary>Creates a filled layout on which everything is durable.</summary>
    public static DiskRun Settled()
    {
        var run = new DiskRun { Promise = Template.Value.Promise };
        Template.Value.Disk.Write(run.Base);
        foreach ((string name, byte[]? bytes) in Template.Value.Disk.Entries)
        {
            string path = Path.Combine(run.Base, name);
            run.Log.Note(new DiskEvent(bytes is null ? DiskAction.CreateDirectory : DiskAction.Create, path));
            if (bytes is not null) run.Log.Note(new DiskEvent(DiskAction.Write, path, Bytes: bytes));
        }

        run.Settle();
        return run;
    }

    private static (DiskState Disk, Promise Promise) MakeTemplate()
    {
        using var run = new DiskRun();
        run.Create(run.Process());
        OciStore store = run.Open();
        run.Fill(store);
        run.End(store);
        return (DiskState.Read(run.Base), run.Promise with { Content = [], Listed = [] });
    }

    /// <summary>Pushes an image for each of the tags v1, spare and kept, an untagged image, two orphans and a referrer of kept.</summary>
    public void Fill(OciStore store)
    {
        foreach (string name in (string[])["v1", "spare", "kept"]) PushImage(store, name, name);
        PushImage(store, "untagged", null);
        PushBlob(store, "orphan one");
        PushBlob(store, "orphan two");
        PushReferrer(store, "kept");
    }

    /// <summary>Returns the file system of a process that can be killed.</summary>
    public RecordingFileSystem Process(int killAfter = int.MaxValue) => new(Log, Base, killAfter);

    public OciStore Open(IFileSystem? files = null, OciStoreOptions? options = null)
    {
        OciStore store = OciStore.OpenIsolated(Root, files ?? Process(), options);
        _opened.Add(store);
        return store;
    }

    /// <summary>Ends the process of a store.</summary>
    public void End(OciStore store)
    {
        _opened.Remove(store);
        store.State.Dispose();
    }

    public void Settle()
    {
        Log.Note(new DiskEvent(DiskAction.Settled));
        Become(Promise);
    }

    public void Create(RecordingFileSystem files, bool flush = true)
    {
        Become(Promise);
        LayoutCreator.Create(new DirectoryLayout(Root, files), files, false, flush, TimeSpan.FromSeconds(5), CancellationToken.None);
        Become(Promise with { Created = true });
    }

    /// <summary>Records a promise that holds from now on.</summary>
    public void Become(Promise promise)
    {
        Promise = promise;
        Index = File.Exists(IndexPath) ? File.ReadAllBytes(IndexPath) : [];
        Log.Note(new DiskEvent(DiskAction.Promised, Promise: promise));
    }

    public Descriptor PushBlob(OciStore store, string text, DigestAlgorithm algorithm = DigestAlgorithm.Sha256) =>
        PushBlob(store, Encoding.UTF8.GetBytes(text), "text/plain", algorithm);

    public Descriptor PushBlob(OciStore store, byte[] bytes, string type, DigestAlgorithm algorithm = DigestAlgorithm.Sha256)
    {
        Descriptor result = store.Push(new PushRequest { MediaType = type, Algorithm = algorithm }, new MemoryStream(bytes)).Descriptor;
        Become(Promise.WithContent(result.Digest.ToString()));
        return result;
    }

    public Descriptor PushImage(OciStore store, string name, string? tag)
    {
        Descriptor config = PushBlob(store, Encoding.UTF8.GetBytes($$"""{"config of":"{{name}}"}"""), ConfigType);
        Descriptor layer = PushBlob(store, Encoding.UTF8.GetBytes("layer of " + name), LayerType);
        Descriptor image = PushManifest(store, ImageOf(config, layer));
        if (tag is not null) Tag(store, image, tag);
        return image;
    }

    public void PushReferrer(OciStore store, string subject)
    {
        Descriptor of = store.Resolve(subject);
        Descriptor config = PushBlob(store, "{}"u8.ToArray(), "application/x-signature");
        Descriptor layer = PushBlob(store, Encoding.UTF8.GetBytes("signature of " + subject), LayerType);
        Descriptor signature = PushManifest(store, ImageOf(config, layer, of));
        byte[] list = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageIndex}}","manifests":[{{Json(signature)}}]}""");
        Tag(store, PushManifest(store, list), $"sha256-{of.Digest.Encoded}");
    }

    public Descriptor PushManifest(OciStore store, byte[] bytes)
    {
        Descriptor result = store.Push(new PushRequest { AsManifest = true }, new MemoryStream(bytes)).Descriptor;
        Become(Promise.WithContent(result.Digest.ToString()) with { Listed = Promise.Listed.Add(result.Digest.ToString()) });
        return result;
    }

    public void Tag(OciStore store, Descriptor target, string tag)
    {
        Become(Promise.Moving(tag, target.Digest.ToString()));
        store.Tag(target, tag);
        Become(Promise.WithTag(tag, target.Digest.ToString()));
    }

    public void Untag(OciStore store, string tag)
    {
        if (store.GetTags().All(t => t.Tag != tag)) return;
        Become(Promise.Moving(tag, Promise.Absent));
        store.Untag(tag);
        Become(Promise.WithTag(tag, Promise.Absent));
    }

    /// <summary>Deletes a tag and the content that its plan lists.</summary>
    public void Delete(OciStore store, string tag)
    {
        if (store.GetTags().All(t => t.Tag != tag)) return;
        DeletionPlan plan = store.PlanDeletion(tag);
        Promise during = Promise.Without([.. plan.Items.Select(i => i.Digest.ToString())]);
        Promise after = during;
        foreach (string gone in plan.Tags.Append(tag)) (during, after) = (during.Moving(gone, Promise.Absent), after.WithTag(gone, Promise.Absent));
        Become(during);
        store.Delete(plan);
        Become(after);
    }

    public void Collect(OciStore store, GarbageOptions? options = null)
    {
        Become(Promise with { Content = [], Listed = [] });
        store.Collect(options);
    }

    /// <summary>Writes a blob, or part of it, in place and without a flush, as another tool does.</summary>
    public void PutUnflushed(string content, params byte[][] pieces)
    {
        var digest = Digest.Compute(Encoding.UTF8.GetBytes(content), DigestAlgorithm.Sha256);
        Become(Promise with { Foreign = Promise.Foreign.Add(digest.ToString()) });
        RecordingFileSystem tool = Process();
        string path = Path.Combine(Root, "blobs", "sha256", digest.Encoded);
        tool.Delete(path);
        using Stream file = tool.Create(path, FilePurpose.Plain);
        foreach (byte[] piece in pieces) file.Write(piece);
    }

    public static byte[] ImageOf(Descriptor config, Descriptor layer, Descriptor? subject = null) => Encoding.UTF8.GetBytes(
        $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageManifest}}","config":{{Json(config)}},"layers":[{{Json(layer)}}]{{(subject is null ? "" : ",\"subject\":" + Json(subject))}}}""");

    private static string Json(Descriptor of) => $$"""{"mediaType":"{{of.MediaType}}","digest":"{{of.Digest}}","size":{{of.Size}}}""";

    public void Dispose()
    {
        _opened.ForEach(s => s.State.Dispose());
        _directory.Dispose();
    }
}
