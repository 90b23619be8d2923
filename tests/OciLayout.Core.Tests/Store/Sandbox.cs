using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using OciLayout.Storage;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Store;

/// <summary>A directory for one store, and what tests ask about it.</summary>
internal sealed class Sandbox : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    public Sandbox(string name = "store") => Root = _temporary[name];

    /// <summary>The directory of the store; made on creation.</summary>
    public string Root { get; }

    public string IndexPath => Path.Combine(Root, "index.json");

    public string LayoutPath => Path.Combine(Root, "oci-layout");

    public string IngestPath => Path.Combine(Root, "ingest");

    public string IndexText
    {
        get => File.ReadAllText(IndexPath);
        set => File.WriteAllText(IndexPath, value);
    }

    /// <summary>A path beside the store.</summary>
    public string Beside(string name) => _temporary[name];

    public string BlobPath(Digest digest) => Path.Combine(Root, "blobs", digest.Algorithm, digest.Encoded);

    public OciStore Create(OciStoreOptions? options = null) => OciStore.Create(Root, options);

    public OciStore Open(OciStoreOptions? options = null) => OciStore.Open(Root, options);

    /// <summary>The store as another process sees it.</summary>
    public OciStore Isolated(IFileSystem? files = null, OciStoreOptions? options = null) =>
        OciStore.OpenIsolated(Root, files ?? PhysicalFileSystem.Instance, options);

    /// <summary>Makes a layout by hand, around an index.</summary>
    public Sandbox WithIndex(string index)
    {
        Directory.CreateDirectory(Path.Combine(Root, "blobs", "sha256"));
        File.WriteAllText(LayoutPath, """{"imageLayoutVersion":"1.0.0"}""");
        File.WriteAllText(IndexPath, index);
        return this;
    }

    /// <summary>Puts a blob there as other tools do, and returns its descriptor.</summary>
    public Descriptor Put(string mediaType, byte[] content)
    {
        var digest = Digest.Compute(content);
        Directory.CreateDirectory(Path.Combine(Root, "blobs", "sha256"));
        File.WriteAllBytes(BlobPath(digest), content);
        return new Descriptor(mediaType, digest, content.Length);
    }

    /// <summary>Puts an image without layers there as other tools do.</summary>
    public Descriptor PutImage(string name) => Put(
        MediaTypes.ImageManifest,
        Sample.Manifest(name, Put(MediaTypes.Empty, "{}"u8.ToArray())));

    /// <summary>Uploads and temporary files that an operation left in <c>ingest/</c>.</summary>
    public string[] Litter() => Directory.Exists(IngestPath)
        ? [.. Directory.EnumerateFiles(IngestPath).Select(f => Path.GetFileName(f)!).Where(f => Path.GetExtension(f) is ".upload" or ".tmp")]
        : [];

    /// <summary>Every file, directory and link with its bytes: two of these are equal when nothing changed.</summary>
    /// <param name="ingest">Whether what lies in <c>ingest/</c> counts: it has to for whatever only reads.</param>
    public List<string> Snapshot(bool ingest = false) => Snapshot(Root, ingest);

    public static List<string> Snapshot(string root, bool ingest)
    {
        var result = new List<string>();
        void Add(DirectoryInfo directory)
        {
            foreach (var item in directory.EnumerateFileSystemInfos().OrderBy(i => i.Name, StringComparer.Ordinal))
            {
                var name = Path.GetRelativePath(root, item.FullName);
                if (!ingest && name == "ingest") continue;
                var what = item.LinkTarget is { } target ? "link to " + target
                    : item is DirectoryInfo ? "directory"
                    : item.Name.EndsWith(".session", StringComparison.Ordinal) ? "locked"
                    : ((FileInfo)item).Length == 0 ? "empty" // may be a FIFO, which would block
                    : ((FileInfo)item).Length > 1 << 24 ? $"{((FileInfo)item).Length} bytes of {item.LastWriteTimeUtc.Ticks}"
                    : Digest.Compute(File.ReadAllBytes(item.FullName)).ToString();
                var mode = OperatingSystem.IsWindows() ? 0 : (int)item.UnixFileMode;
                result.Add($"{name} {mode:x} {what}");
                if (item is DirectoryInfo child && item.LinkTarget is null) Add(child);
            }
        }

        Add(new DirectoryInfo(root));
        return result;
    }

    /// <summary>Fails unless the action throws that kind of error, whose text names each of the given things.</summary>
    public static OciException Refused(OciErrorKind kind, Action action, params string[] names)
    {
        var error = Assert.Throws<OciException>(action);
        Assert.True(error.Kind == kind, $"{error.Kind} instead of {kind}: {error.Message}");
        Assert.True(error.Message.Length < 2000, "a message is for a person");
        Assert.DoesNotContain(error.Message, c => char.IsControl(c));
        foreach (var name in names) Assert.Contains(name, error.Message, StringComparison.Ordinal);
        return error;
    }

    /// <summary>Ends a test that hangs; what it does takes no time to speak of otherwise.</summary>
    public static Task Ends(Action action) => Task.Run(action, TestContext.Current.CancellationToken).WaitAsync(
        TimeSpan.FromMinutes(1),
        TestContext.Current.CancellationToken);

    /// <summary>Checks what every store has to be, whatever happened to it.</summary>
    public async Task AssertSoundAsync()
    {
        await SpecificationSchema.AssertFileValidAsync(SpecificationSchema.Layout, LayoutPath);
        await SpecificationSchema.AssertFileValidAsync(SpecificationSchema.Index, IndexPath);
        AssertBlobsMatchTheirNames();
    }

    public void AssertBlobsMatchTheirNames()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Root, "blobs"), "*", SearchOption.AllDirectories))
        {
            var algorithm = Path.GetFileName(Path.GetDirectoryName(file))!;
            var known = Enum.Parse<DigestAlgorithm>(algorithm, ignoreCase: true);
            Assert.Equal(algorithm + ":" + Path.GetFileName(file), Digest.Compute(File.ReadAllBytes(file), known).ToString());
        }
    }

    public static UnixFileMode ModeOf(string path) => OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);

    public static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
    }

    /// <summary>The modes that this process never gives, as a new file shows.</summary>
    public UnixFileMode Umask()
    {
        const UnixFileMode all = (UnixFileMode)0x1FF;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = all;
        new FileStream(Beside("umask"), options).Dispose();
        return all & ~ModeOf(Beside("umask"));
    }

    public void Dispose() => _temporary.Dispose();
}

/// <summary>Small content.</summary>
internal static class Sample
{
    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static Descriptor Describe(string mediaType, byte[] content) => new(mediaType, Digest.Compute(content), content.Length);

    /// <summary>An image manifest; the name makes it one of its own.</summary>
    public static byte[] Manifest(string name, Descriptor config, params Descriptor[] layers) => Bytes(
        $$"""
        {"schemaVersion":2,"mediaType":"{{MediaTypes.ImageManifest}}","config":{{Json(config)}},
         "layers":[{{string.Join(",", layers.Select(Json))}}],"annotations":{"name":"{{name}}" } }
        """);

    public static string Json(Descriptor descriptor) => Encoding.UTF8.GetString(DescriptorJson.Write(descriptor));

    /// <summary>An entry of an index, with a tag or without.</summary>
    public static string Entry(Descriptor descriptor, string? tag = null) =>
        Encoding.UTF8.GetString(EntryJson.WithTag(DescriptorJson.Write(descriptor), tag));

    public static string Index(params string[] entries) =>
        $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageIndex}}","manifests":[{{string.Join(",", entries)}}]}""";

    public static Descriptor PushBlob(this OciStore store, string text, string mediaType = "text/plain") =>
        store.Push(new PushRequest { MediaType = mediaType }, new MemoryStream(Bytes(text))).Descriptor;

    /// <summary>Pushes a config, a layer and the manifest that points at both.</summary>
    public static Descriptor PushImage(this OciStore store, string name)
    {
        var config = store.PushBlob("{}", MediaTypes.Empty);
        var layer = store.PushBlob("layer of " + name);
        var manifest = Manifest(name, config, layer);
        return store.Push(new PushRequest { MediaType = MediaTypes.ImageManifest }, new MemoryStream(manifest)).Descriptor;
    }

    public static byte[] Read(this OciStore store, Descriptor descriptor)
    {
        using var stream = store.Fetch(descriptor);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    /// <summary>The names of all tags, in the order of the listing.</summary>
    public static string[] TagNames(this OciStore store, string? after = null) => [.. store.Tags(after).Select(t => t.Tag!)];

    /// <summary>Each entry of the index as <c>tag=digest</c>, in the order of the file.</summary>
    public static string[] EntryNames(this OciStore store) => [.. store.Entries().Select(e => $"{e.Tag}={e.Descriptor?.Digest}")];
}
