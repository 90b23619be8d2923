using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using OciLayout.Files;
using OciLayout.Model;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety.Hostile;

/// <summary>
/// Puts a file of a wrong kind in each place of a layout. Every operation ends, and succeeds or reports the problem and its path. Nothing
/// outside of the layout changes.
/// </summary>
public sealed class UnexpectedFileKindTests
{
    private const string SessionId = "0123456789abcdef0123456789abcdef";

    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(5);
    private static readonly OciStoreOptions Quick = new() { Flush = true, LockTimeout = TimeSpan.FromSeconds(20) };

    private static readonly string[] Places =
    [
        "blobs", "blobs/sha256", "ingest", "index.json", "oci-layout", "ingest/.lock", "ingest/.gate", "ingest/.turn",
        $"ingest/{SessionId}.session", $"ingest/{SessionId}.claims", $"ingest/{SessionId}.1.upload", "ingest/foreign",
        "layer", "image", "garbage", "strange",
    ];

    public static TheoryData<string, string> Cases => [.. Places.SelectMany(p => SpecialFile.Kinds.Select(k => (p, k)))];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task No_operation_hangs_or_changes_outside_files_and_errors_name_the_path(string place, string kind)
    {
        using var outside = TemporaryDirectory.InMemory();
        using var directory = TemporaryDirectory.InMemory();
        var content = new Content(directory["layout"]);
        string path = content.PathOf(place);
        SpecialFile.Put(kind, path, outside.Path);
        IReadOnlyList<string> before = SpecialFile.Snapshot(outside.Path);

        string last = "nothing";
        var errors = new Dictionary<string, Exception>();
        Task task = Task.Run(() =>
        {
            foreach ((string name, Action<Content> operation) in Operations)
            {
                last = name;
                try
                {
                    operation(content);
                }
                catch (Exception e)
                {
                    errors[name] = e;
                }

                Assert.Equal(before, SpecialFile.Snapshot(outside.Path));
            }
        });
        Assert.True(await Task.WhenAny(task, Task.Delay(Hang)) == task, $"'{last}' did not end.");
        await task;
        content.Dispose();
        Assert.Equal(before, SpecialFile.Snapshot(outside.Path));
        Assert.All(errors, e => AssertTold(Assert.IsType<OciException>(e.Value), place, path));
        if (MustFail(place, kind)) Assert.Contains("push", errors.Keys);
        if (place is "garbage" or "strange" && kind is not ("directory" or "link to a directory"))
            Assert.Equal(-1, (int)new FileInfo(path).Attributes); // the file or link itself was deleted, not its target
    }

    private static void AssertTold(OciException error, string place, string path)
    {
        OciErrorKind[] allowed = place switch
        {
            "blobs" or "blobs/sha256" => [OciErrorKind.InvalidLayout, OciErrorKind.NotFound, OciErrorKind.IncompleteGraph],
            "layer" => [OciErrorKind.InvalidLayout, OciErrorKind.NotFound, OciErrorKind.SizeMismatch],
            "image" => [OciErrorKind.InvalidLayout, OciErrorKind.NotFound, OciErrorKind.SizeMismatch, OciErrorKind.IncompleteGraph],
            "index.json" => [OciErrorKind.InvalidIndex, OciErrorKind.InvalidLayout],
            "ingest" or "oci-layout" or "ingest/.lock" or "ingest/.gate" or "ingest/.turn" => [OciErrorKind.InvalidLayout],
            _ => [],
        };
        Assert.True(allowed.Contains(error.Kind), error.ToString());
        if (error.Kind is not (OciErrorKind.InvalidLayout or OciErrorKind.InvalidIndex)) return;
        string name = place is "index.json" or "oci-layout" ? Path.GetDirectoryName(path)! : path;
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Matches("Move it|Remove it|Replace the link|was not changed|is not an OCI image layout|could not be opened", error.Message);
    }

    // Returns whether every push must fail, because the place needs a directory or a lock file. A device can be locked like a file.
    private static bool MustFail(string place, string kind) => place switch
    {
        "blobs" or "blobs/sha256" or "ingest" => kind != "directory",
        "ingest/.gate" or "ingest/.turn" => kind is not ("file" or "empty file" or "device"),
        "index.json" or "oci-layout" => kind != "link",
        _ => false,
    };

    private static readonly (string Name, Action<Content> Run)[] Operations =
    [
        ("open", c => c.Open()),
        ("read", c => c.Read()),
        ("push", c => c.Push(Guid.NewGuid().ToString(), "text/plain")),
        ("push image", c => c.PushImage("another")),
        ("push layer again", c => c.PushLayer()),
        ("push image again", c => c.PushImage("app")),
        ("tag", c => c.Store.Tag(c.Image, "second")),
        ("untag", c => c.Store.Untag("also")),
        ("save", c => c.Save()),
        ("batch", c => c.Batch()),
        ("plan", c => c.Store.PlanGarbage()),
        ("collect", c => c.Store.Collect()),
        ("collect by force", c => c.Store.Collect(new GarbageOptions { Force = true, MinimumAge = TimeSpan.FromDays(1) })),
        ("delete", c => c.Store.Delete(c.Store.PlanDeletion("other"))),
        ("create", c => OciStore.Create(c.Root, Quick)),
    ];

    /// <summary>A layout with two images and some garbage.</summary>
    private sealed class Content : IDisposable
    {
        private readonly Descriptor _garbage;
        private OciStore? _store;

        public Content(string root)
        {
            Root = root;
            OciStore.Create(root, Quick).State.Dispose();
            _store = OciStore.OpenIsolated(root, PhysicalFileSystem.Instance, Quick);
            Image = PushImage("app");
            Layer = Store.GetManifest(Image).Layers[0];
            Store.Tag(Image, "app");
            Store.Tag(Image, "also");
            Store.Tag(PushImage("other"), "other");
            _garbage = Store.Push(new PushRequest(), new MemoryStream("garbage"u8.ToArray())).Descriptor;
            Store.State.Dispose();
        }

        public string Root { get; }

        public Descriptor Image { get; }

        public Descriptor Layer { get; }

        public OciStore Store => _store ?? throw new OciException(OciErrorKind.InvalidLayout, "It could not be opened: " + Root);

        public string PathOf(string place) => place switch
        {
            "layer" => Invariant.BlobPath(Root, Layer.Digest.ToString()),
            "image" => Invariant.BlobPath(Root, Image.Digest.ToString()),
            "garbage" => Invariant.BlobPath(Root, _garbage.Digest.ToString()),
            "strange" => Invariant.BlobPath(Root, Digest.Compute("strange"u8).ToString()),
            _ => Path.Combine(Root, place),
        };

        public void Open()
        {
            _store = null;
            _store = OciStore.OpenIsolated(Root, PhysicalFileSystem.Instance, Quick);
        }

        public void Read()
        {
            _ = (Store.GetTags(), Store.GetEntries(), Store.GetReferrers(Image.Digest));
            _ = (Store.Exists(Layer.Digest), Store.Exists(Digest.Compute("strange"u8)));
            _ = Store.Walk(Image).ToList();
            _ = Store.Resolve("app");
            _ = Store.GetManifest(Image);
            Store.Fetch(Layer).CopyTo(Stream.Null);
        }

        public Descriptor PushImage(string name)
        {
            Descriptor config = Push("{}", MediaTypes.Empty), layer = Push("layer of " + name, "application/x-layer");
            string text = $$"""{"schemaVersion":2,"config":{{Json(config)}},"layers":[{{Json(layer)}}]}""";
            return Push(text, MediaTypes.ImageManifest);
        }

        public void PushLayer() =>
            Store.Push(new PushRequest { Digest = Layer.Digest, Size = Layer.Size }, new MemoryStream("layer of app"u8.ToArray()));

        public void Save()
        {
            OciStore later = Store.WithOptions(Quick with { AutoSaveIndex = false });
            later.Tag(Image, "third");
            later.SaveIndex();
        }

        public void Batch()
        {
            using OciBatch batch = Store.BeginBatch();
            batch.Stage(new PushRequest(), new MemoryStream(Encoding.UTF8.GetBytes(Guid.NewGuid().ToString())));
            batch.Commit();
        }

        public void Dispose() => _store?.State.Dispose();

        public Descriptor Push(string text, string type) =>
            Store.Push(new PushRequest { MediaType = type }, new MemoryStream(Encoding.UTF8.GetBytes(text))).Descriptor;

        private static string Json(Descriptor descriptor) => Encoding.UTF8.GetString(DescriptorJson.Write(descriptor));
    }
}
