using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using OciLayout.Files;
using OciLayout.Testing;

namespace OciLayout.Tests.Maintenance;

/// <summary>
/// A random layout: shared blobs, images, indexes of indexes, referrers of referrers, lists of referrers under fallback tags, content that
/// is named under different media types, and missing or corrupt content.
/// </summary>
internal sealed class RandomLayout
{
    private readonly Random _random;
    private readonly TemporaryDirectory _place;
    private readonly List<Descriptor> _blobs = [];
    private readonly List<Descriptor> _manifests = [];
    private readonly JsonArray _entries = [];
    private int _copies;

    /// <param name="seed">The seed of the random choices.</param>
    /// <param name="place">The parent directory of the layout and its copies.</param>
    /// <param name="named">Whether to add entries with names that are not ordinary tags, which remain when other tags are deleted.</param>
    public RandomLayout(int seed, TemporaryDirectory place, bool named)
    {
        _random = new Random(seed);
        _place = place;
        Path = place.NewDirectory("layout");
        Directory.CreateDirectory(System.IO.Path.Combine(Path, "blobs", "sha256"));
        File.WriteAllText(System.IO.Path.Combine(Path, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        for (var i = 0; i < 6; i++) _blobs.Add(Write(System.Text.Encoding.UTF8.GetBytes($"blob {seed} {i} " + new string('x', _random.Next(300))), MediaTypes.OctetStream));
        for (var i = 0; i < 10; i++) _manifests.Add(AddManifest(i));
        foreach (var manifest in _manifests) List(manifest);
        if (Chance(3)) AddFallback();
        if (Chance(3)) AddFallback();
        if (named) AddOtherNames();
        Damage();
        File.WriteAllBytes(
            System.IO.Path.Combine(Path, "index.json"),
            TestDocument.Bytes(new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = MediaTypes.ImageIndex, ["manifests"] = _entries }));
    }

    public string Path { get; }

    /// <summary>Copies the layout and opens the copy.</summary>
    public OciStore Copy()
    {
        var target = _place.NewDirectory("copy" + _copies++);
        foreach (var file in Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories))
        {
            var copy = System.IO.Path.Combine(target, System.IO.Path.GetRelativePath(Path, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return OciStore.OpenIsolated(target, PhysicalFileSystem.Instance, new OciStoreOptions { Flush = false });
    }

    public static long SizeOnDisk(string root) =>
        new DirectoryInfo(System.IO.Path.Combine(root, "blobs")).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);

    private bool Chance(int of) => _random.Next(of) == 0;

    private Descriptor Any(List<Descriptor> among) => among[_random.Next(among.Count)];

    private Descriptor AddManifest(int i)
    {
        var subject = i > 0 && Chance(3) ? Any(_manifests) : null;
        var annotations = new Dictionary<string, string> { ["number"] = i.ToString(System.Globalization.CultureInfo.InvariantCulture) };
        if (i > 1 && Chance(3))
            return Write(TestDocument.Index(Enumerable.Range(0, 1 + _random.Next(3)).Select(_ => Any(_manifests)), subject, null, annotations), MediaTypes.ImageIndex);
        // A layer may be a manifest, under its own media type or under application/octet-stream.
        var layers = Enumerable.Range(0, _random.Next(4)).Select(_ => i == 0 || !Chance(6) ? Any(_blobs)
            : Any(_manifests) is var manifest && Chance(2) ? manifest : new Descriptor(MediaTypes.OctetStream, manifest.Digest, manifest.Size));
        return Write(TestDocument.Image(Any(_blobs), layers, subject, null, annotations), MediaTypes.ImageManifest);
    }

    private void List(Descriptor manifest)
    {
        if (Chance(3)) return;
        if (Chance(3)) _entries.Add(TestLayout.Entry(manifest));
        else _entries.Add(TestLayout.Entry(manifest, "t" + _random.Next(6))); // duplicate tags are possible; the last entry of a tag wins
    }

    private void AddFallback()
    {
        var list = Write(TestDocument.Index([Any(_manifests), Any(_manifests)]), MediaTypes.ImageIndex);
        _entries.Add(TestLayout.Entry(list, TestLayout.FallbackTag(Any(_manifests).Digest)));
    }

    private void AddOtherNames()
    {
        _entries.Add(TestLayout.Entry(Any(_blobs), "blob"));
        var entry = TestLayout.Entry(Any(_manifests), "both");
        entry["annotations"]![AnnotationKeys.ContainerdImageName] = "docker.io/library/x:1";
        _entries.Add(entry);
        var self = Any(_manifests);
        _entries.Add(TestLayout.Entry(self, self.Digest.ToString()));
    }

    private void Damage()
    {
        if (Chance(2)) File.Delete(PathOf(Any(_blobs)));
        if (Chance(4)) File.Delete(PathOf(Any(_manifests)));
        if (Chance(4)) File.WriteAllText(PathOf(Any(_manifests)), "damaged");
    }

    private Descriptor Write(byte[] content, string mediaType)
    {
        var descriptor = TestDocument.Describe(content, mediaType);
        File.WriteAllBytes(PathOf(descriptor), content);
        return descriptor;
    }

    private string PathOf(Descriptor descriptor) => System.IO.Path.Combine(Path, "blobs", "sha256", descriptor.Digest.Encoded);
}
