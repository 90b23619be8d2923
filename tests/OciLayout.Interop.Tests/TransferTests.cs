using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Interop.Tests;

/// <summary>Tests that other tools read copies and artifacts of this library, and that it unpacks artifacts of oras.</summary>
public class TransferTests
{
    private static readonly CopyOptions Everything = new() { IncludeReferrers = true, IncludeForeign = true };

    public static IEnumerable<TheoryDataRow<string>> Layouts => RealLayout.Names.Select(n => new TheoryDataRow<string>(n));

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Layout_of_a_tool_is_copied_with_the_same_tags_and_digests(string name)
    {
        using var temporary = new TemporaryDirectory();
        var source = OciStore.Open(RealLayout.Unpack(name, temporary));
        var target = OciStore.Create(temporary["copy"]);

        CopyAll(source, target);

        Assert.Equal(source.GetTags().Select(t => (t.Tag, t.Digest)), target.GetTags().Select(t => (t.Tag, t.Digest)));
        foreach (var entry in source.GetEntries().Select(e => e.Descriptor!))
            Assert.Equal(source.Walk(entry).Select(v => (v.Descriptor.Digest, v.IsMissing)), target.Walk(entry).Select(v => (v.Descriptor.Digest, v.IsMissing)));
        Assert.Equal(0, CopyAll(source, target));
        Assert.Empty(new OciGarbageCollector(target, new GarbageOptions { Force = true, KeepUntagged = true }).Plan().Items);
    }

    [Fact]
    public async Task Copy_is_read_by_skopeo_and_umoci()
    {
        Tool skopeo = Tool.Require("skopeo");
        Tool umoci = Tool.Require("umoci");
        using var temporary = new TemporaryDirectory();
        var source = OciStore.Create(temporary["source"]);
        var app = TinyImage.PushMultiPlatform(source, "app");
        var target = OciStore.Create(temporary["target"]);
        using (var copy = new OciCopy(source, target, new CopyOptions { Platform = Platform.Parse("linux/arm64") }))
            copy.Run(copy.Plan([new CopyRoot(app, "arm64")]));
        using (var copy = new OciCopy(source, target)) copy.Run(copy.Plan([new CopyRoot(app, "app")]));

        await skopeo.RunAsync("copy", "--insecure-policy", "--all", "--preserve-digests", $"oci:{target.Path}:app", $"oci:{temporary["again"]}:app");
        Assert.Equal(app.Digest, OciStore.Open(temporary["again"]).Resolve("app").Digest);
        await umoci.RunAsync("unpack", "--rootless", "--image", target.Path + ":arm64", temporary["bundle"]);
        Assert.Equal("on arm64\n", File.ReadAllText(temporary["bundle", "rootfs", "greeting"]));
    }

    [Fact]
    public void Artifact_of_oras_is_unpacked_byte_for_byte()
    {
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Open(RealLayout.Unpack("oras.tar", temporary));
        var artifact = store.GetTags().First(t => store.GetManifest(t.Descriptor!).Layers.Count == 3).Descriptor!;

        var files = Expand(store, artifact, temporary["out"]);

        Assert.Equal(["demo.json", "docs/a.md", "docs/sub/b.md", "hello.txt"], files.Select(f => Path.GetRelativePath(temporary["out"], f)));
        foreach (var layer in store.GetManifest(artifact).Layers.Where(l => l.Size < 100))
            Assert.Equal(layer.Digest, Digest.Compute(File.ReadAllBytes(temporary["out", layer.Annotations[AnnotationKeys.Title]])));
        Assert.Equal(["a\n", "b\n"], files.Skip(1).Take(2).Select(File.ReadAllText));
    }

    [Fact]
    public async Task Artifacts_are_exchanged_with_oras_in_both_directions()
    {
        Tool oras = Tool.Require("oras");
        using var temporary = new TemporaryDirectory();
        temporary.NewFile("in/docs/a.md", "a"u8);
        temporary.NewFile("in/docs/" + new string('n', 150) + "/\u00fc.txt", "umlaut"u8);
        File.CreateSymbolicLink(temporary["in", "docs", "link"], "a.md");
        temporary.NewFile("in/hello.txt", "hello"u8);
        var store = OciStore.Create(temporary["store"]);
        var ours = Pack(store, null, temporary["in", "docs"], temporary["in", "hello.txt"]);
        store.Tag(ours, "v1");
        Pack(store, ours, temporary["in", "hello.txt"]);

        await oras.RunAsync("pull", "--oci-layout", $"{store.Path}:v1", "-o", temporary["pulled"]);
        Assert.Equal(Tree(temporary["in"]), Tree(temporary["pulled"]));
        Assert.Contains("application/x-app", await oras.RunAsync("discover", "--oci-layout", $"{store.Path}:v1"), StringComparison.Ordinal);

        await oras.RunAsync("push", "--disable-path-validation", "--oci-layout", $"{store.Path}:theirs", "--artifact-type", "application/x-app", temporary["in", "hello.txt"] + ":text/plain");
        Assert.Equal(OciErrorKind.UnsafePath, Assert.Throws<OciException>(() => Expand(store, store.Resolve("theirs"), temporary["refused"])).Kind);

        await oras.RunAsync("copy", "--from-oci-layout", "--to-oci-layout", $"{store.Path}:v1", $"{temporary["copy"]}:v1");
        Expand(OciStore.Open(temporary["copy"]), ours, temporary["again"]);
        Assert.Equal(Tree(temporary["in"]), Tree(temporary["again"]));
    }

    private static int CopyAll(OciStore source, OciStore target)
    {
        using var copy = new OciCopy(source, target, Everything);
        var roots = source.GetEntries().Select(e => e.Tag is null ? new CopyRoot(e.Descriptor!) : new CopyRoot(e.Descriptor!, e.Tag));
        return copy.Run(copy.Plan([.. roots])).CopiedCount;
    }

    private static Descriptor Pack(OciStore store, Descriptor? subject, params string[] paths)
    {
        using var batch = store.BeginBatch();
        var builder = new OciArtifactBuilder(batch);
        foreach (var path in paths) builder.Add(path);
        return builder.Build(new ArtifactOptions { ArtifactType = "application/x-app", Subject = subject });
    }

    private static IReadOnlyList<string> Expand(OciStore store, Descriptor artifact, string path)
    {
        var expansion = new OciExpansion(store);
        return expansion.Run(expansion.Plan(artifact), path);
    }

    private static List<string> Tree(string root) => [.. new DirectoryInfo(root).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
        .Select(i => $"{Path.GetRelativePath(root, i.FullName)} {i.LinkTarget ?? (i is FileInfo f ? Digest.Compute(File.ReadAllBytes(f.FullName)).ToString() : "/")}")
        .Order(StringComparer.Ordinal)];
}
