using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using OciLayout.Files;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests;

/// <summary>
/// A layout for tests. The Push methods use the store. The Write methods write the files directly, as another tool or an attacker would.
/// </summary>
internal sealed class TestLayout : IDisposable
{
    public const string LayerType = "application/vnd.oci.image.layer.v1.tar";
    public const string ConfigType = "application/vnd.oci.image.config.v1+json";

    private static readonly OciStoreOptions Quick = new() { Flush = false };

    private readonly TemporaryDirectory _temporary = TemporaryDirectory.InMemory();
    private readonly List<OciStore> _others = [];

    public TestLayout()
    {
        Path = _temporary["store"];
        Store = OciStore.Create(Path, Quick);
    }

    private TestLayout(Func<TemporaryDirectory, string> make)
    {
        Path = make(_temporary);
        Store = OciStore.Open(Path, Quick);
    }

    public string Path { get; }

    public OciStore Store { get; private set; }

    /// <summary>Returns a copy of one of the layouts of <c>tests/data</c>.</summary>
    public static TestLayout Real(string name) => new(temporary => RealLayout.Unpack(name, temporary));

    /// <summary>Opens the store with a state of its own, as another process would.</summary>
    public OciStore OtherProcess(OciStoreOptions? options = null)
    {
        var other = OciStore.OpenIsolated(Path, PhysicalFileSystem.Instance, options ?? Quick);
        _others.Add(other);
        return other;
    }

    /// <summary>Replaces the store by one with empty caches, as in a new process.</summary>
    public TestLayout Reopen()
    {
        Store.State.Dispose();
        Store = OtherProcess();
        return this;
    }

    public Descriptor PushBlob(string text, string mediaType = MediaTypes.OctetStream) => Push(Encoding.UTF8.GetBytes(text), mediaType);

    /// <summary>Pushes an image with a config and a layer of its own, and with the given shared layers.</summary>
    public Descriptor PushImage(string name, string? tag = null, Descriptor? subject = null, string? artifactType = null, params Descriptor[] shared)
    {
        var config = PushBlob($$"""{"config of":"{{name}}"}""", ConfigType);
        var layer = PushBlob("layer of " + name, LayerType);
        return PushManifest(TestDocument.Image(config, [layer, .. shared], subject, artifactType), tag);
    }

    public Descriptor PushIndex(string? tag, params Descriptor[] manifests) => PushManifest(TestDocument.Index(manifests), tag, MediaTypes.ImageIndex);

    public Descriptor PushManifest(byte[] document, string? tag = null, string mediaType = MediaTypes.ImageManifest)
    {
        var descriptor = Push(document, mediaType);
        return tag is null ? descriptor : Store.Tag(descriptor, tag);
    }

    private Descriptor Push(byte[] content, string mediaType) =>
        Store.Push(new PushRequest { MediaType = mediaType }, new MemoryStream(content)).Descriptor;

    /// <summary>Writes a blob without the store.</summary>
    public Descriptor WriteBlob(byte[] content, string mediaType = MediaTypes.OctetStream)
    {
        var descriptor = TestDocument.Describe(content, mediaType);
        WriteFile(descriptor.Digest, content);
        return descriptor;
    }

    public void WriteFile(Digest digest, byte[] content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(PathOf(digest))!);
        if (File.Exists(PathOf(digest))) File.Delete(PathOf(digest)); // it may be read-only
        File.WriteAllBytes(PathOf(digest), content);
    }

    /// <summary>Writes <c>index.json</c> without the store.</summary>
    public void WriteIndex(params (Descriptor Descriptor, string? Tag)[] entries) =>
        WriteIndex(new JsonArray([.. entries.Select(e => Entry(e.Descriptor, e.Tag))]));

    public void WriteIndex(JsonArray entries) =>
        File.WriteAllBytes(IndexPath, TestDocument.Bytes(new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = MediaTypes.ImageIndex, ["manifests"] = entries }));

    public static JsonObject Entry(Descriptor descriptor, string? tag = null)
    {
        var node = TestDocument.Node(descriptor);
        if (tag is not null) node["annotations"] = new JsonObject { [AnnotationKeys.RefName] = tag };
        return node;
    }

    /// <summary>Adds entries to <c>index.json</c> without the store.</summary>
    public void AddEntries(params JsonNode[] entries)
    {
        var index = JsonNode.Parse(File.ReadAllBytes(IndexPath))!;
        foreach (var entry in entries) index["manifests"]!.AsArray().Add(entry);
        File.WriteAllBytes(IndexPath, TestDocument.Bytes(index));
    }

    /// <summary>Writes a list of referrers, as clients keep it for registries without the referrers API, under the fallback tag.</summary>
    public Descriptor WriteFallback(Digest subject, params Descriptor[] members)
    {
        var list = WriteBlob(TestDocument.Index(members), MediaTypes.ImageIndex);
        AddEntries(Entry(list, FallbackTag(subject)));
        return list;
    }

    public static string FallbackTag(Digest subject) => $"{subject.Algorithm}-{subject.Encoded}";

    public string IndexPath => System.IO.Path.Combine(Path, "index.json");

    public string IngestPath => System.IO.Path.Combine(Path, "ingest");

    public string PathOf(Digest digest) => System.IO.Path.Combine(Path, "blobs", digest.Algorithm, digest.Encoded);

    /// <summary>Sets the modification time of blobs to three days ago.</summary>
    public void Age(params Descriptor[] descriptors)
    {
        foreach (var descriptor in descriptors) File.SetLastWriteTimeUtc(PathOf(descriptor.Digest), DateTime.UtcNow.AddDays(-3));
    }

    public IReadOnlyList<string?> Tags => [.. Store.GetTags().Select(t => t.Tag)];

    public IReadOnlyList<Digest> Listed => [.. Store.GetEntries().Where(e => e.Descriptor is not null).Select(e => e.Descriptor!.Digest)];

    /// <summary>The digests of the files in <c>blobs/</c>, unordered.</summary>
    public HashSet<string> Files =>
        [.. Directory.EnumerateFiles(System.IO.Path.Combine(Path, "blobs"), "*", SearchOption.AllDirectories).Select(f => $"{System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(f))}:{System.IO.Path.GetFileName(f)}")];

    /// <summary>Fails unless <c>blobs/</c> contains exactly the given roots and the content that they reach.</summary>
    public void AssertOnly(params Descriptor[] roots)
    {
        var expected = roots.SelectMany(r => Store.Walk(r)).Select(v => v.Descriptor.Digest.ToString()).Concat(roots.Select(r => r.Digest.ToString()));
        Assert.Equal(expected.Distinct().Order(), Files.Order());
    }

    public void AssertStored(params Descriptor[] descriptors) =>
        Assert.All(descriptors, d => Assert.True(Store.Exists(d.Digest), $"{d.Digest} is gone."));

    public void AssertGone(params Descriptor[] descriptors) =>
        Assert.All(descriptors, d => Assert.False(Store.Exists(d.Digest), $"{d.Digest} is still there."));

    /// <summary>Fails unless all content that a tag reaches exists and is readable.</summary>
    public void AssertWalks(string tag) =>
        Assert.All(Store.Walk(Store.Resolve(tag)), v => Assert.True(!v.IsMissing && v.Problem is null, $"{tag}: {v.Descriptor.Digest} {v.Problem?.Message ?? "is missing"}"));

    /// <summary>Fails unless an action throws an error of the given kind and leaves the layout unchanged.</summary>
    public OciException AssertRefused(OciErrorKind kind, Action action)
    {
        var before = LayoutSnapshot.Of(Path, ours: false);
        var error = Assert.Throws<OciException>(action);
        Assert.Equal(kind, error.Kind);
        Assert.False(string.IsNullOrWhiteSpace(error.Message));
        Assert.Equal(before, LayoutSnapshot.Of(Path, ours: false));
        return error;
    }

    public IReadOnlyList<RemovedItem> Delete(string reference, bool force = false, bool cascade = true) =>
        Store.Delete(Store.PlanDeletion(reference, new DeletionOptions { Force = force, Cascade = cascade }));

    public IReadOnlyList<RemovedItem> Collect(GarbageOptions? options = null)
    {
        var removed = new List<RemovedItem>();
        Store.Collect(options, removed.Add);
        return removed;
    }

    public void Dispose()
    {
        Store.State.Dispose();
        foreach (var other in _others) other.State.Dispose();
        _temporary.Dispose();
    }
}
