using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Files;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests;

/// <summary>A temporary directory for one store, with helpers for tests.</summary>
internal sealed class Sandbox : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    public Sandbox(string name = "store") => Root = _temporary[name];

    /// <summary>The path of the store, which is created by <see cref="Create"/>.</summary>
    public string Root { get; }

    public string IndexPath => Path.Combine(Root, "index.json");

    public string LayoutPath => Path.Combine(Root, "oci-layout");

    public string IngestPath => Path.Combine(Root, "ingest");

    public string IndexText
    {
        get => File.ReadAllText(IndexPath);
        set => File.WriteAllText(IndexPath, value);
    }

    /// <summary>Returns a path next to the store.</summary>
    public string Beside(string name) => _temporary[name];

    public string BlobPath(Digest digest) => Path.Combine(Root, "blobs", digest.Algorithm, digest.Encoded);

    public OciStore Create(OciStoreOptions? options = null) => OciStore.Create(Root, options);

    public OciStore Open(OciStoreOptions? options = null) => OciStore.Open(Root, options);

    /// <summary>Opens the store with a state of its own, as another process would.</summary>
    public OciStore Isolated(IFileSystem? files = null, OciStoreOptions? options = null) =>
        OciStore.OpenIsolated(Root, files ?? PhysicalFileSystem.Instance, options);

    /// <summary>Writes a layout with the given index, without the store.</summary>
    public Sandbox WithIndex(string index)
    {
        Directory.CreateDirectory(Path.Combine(Root, "blobs", "sha256"));
        File.WriteAllText(LayoutPath, """{"imageLayoutVersion":"1.0.0"}""");
        File.WriteAllText(IndexPath, index);
        return this;
    }

    /// <summary>Writes a blob without the store, as other tools do, and returns its descriptor.</summary>
    public Descriptor Put(string mediaType, byte[] content)
    {
        var digest = Digest.Compute(content);
        Directory.CreateDirectory(Path.Combine(Root, "blobs", "sha256"));
        File.WriteAllBytes(BlobPath(digest), content);
        return new Descriptor(mediaType, digest, content.Length);
    }

    /// <summary>Writes an image without layers without the store, and returns its descriptor.</summary>
    public Descriptor PutImage(string name) => Put(
        MediaTypes.ImageManifest,
        Sample.Manifest(name, Put(MediaTypes.Empty, "{}"u8.ToArray())));

    /// <summary>Returns the names of uploads and temporary files that an operation left in <c>ingest/</c>.</summary>
    public string[] Litter() => Directory.Exists(IngestPath)
        ? [.. Directory.EnumerateFiles(IngestPath).Select(f => Path.GetFileName(f)!).Where(f => Path.GetExtension(f) is ".upload" or ".tmp")]
        : [];

    /// <summary>Returns every file, directory and link with its content. Two snapshots are equal if nothing changed.</summary>
    /// <param name="ingest">Whether to include <c>ingest/</c>, as needed for tests of operations that only read.</param>
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
                    : ((FileInfo)item).Length == 0 ? "empty" // may be a FIFO; reading it would block
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

    /// <summary>Fails unless the action throws an error of the given kind whose message contains each of the given texts.</summary>
    public static OciException Refused(OciErrorKind kind, Action action, params string[] names)
    {
        var error = Assert.Throws<OciException>(action);
        Assert.True(error.Kind == kind, $"{error.Kind} instead of {kind}: {error.Message}");
        Assert.True(error.Message.Length < 2000, "a message is for a person");
        Assert.DoesNotContain(error.Message, c => char.IsControl(c));
        foreach (var name in names) Assert.Contains(name, error.Message, StringComparison.Ordinal);
        return error;
    }

    /// <summary>Runs an action and fails if it takes longer than five minutes. For actions that could hang.</summary>
    public static Task Ends(Action action) => Task.Run(action, TestContext.Current.CancellationToken).WaitAsync(
        TimeSpan.FromMinutes(5),
        TestContext.Current.CancellationToken);

    /// <summary>Checks the invariants of a store: its files match the schemas, and its blobs match their names.</summary>
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

    /// <summary>Returns the umask of this process, determined by creating a file.</summary>
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
