using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Transfer;

/// <summary>Tests that exporting and importing a layout preserves it, and that equal exports have equal bytes.</summary>
public class RoundTripTests
{
    public static TheoryData<string, string> Layouts => new(RealLayout.Names.SelectMany(n => (IEnumerable<(string, string)>)[(n, ".tar"), (n, ".tar.gz")]));

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Exported_and_imported_layout_has_the_same_digests_and_tags(string name, string suffix)
    {
        using var temporary = new TemporaryDirectory();
        var source = OciStore.Open(RealLayout.Unpack(name, temporary));
        var path = temporary["archive" + suffix];

        source.Export(source.PlanExport(), path);
        var copy = OciStore.Create(temporary["copy"]);
        var result = copy.Import(path);

        Assert.Equal(source.TagNames(), copy.TagNames());
        Assert.Equal(source.EntryNames(), copy.EntryNames());
        Assert.Equal(Blobs(source), Blobs(copy));
        Assert.Equal(Blobs(copy).Count, result.AddedCount);
        Assert.All(source.GetTags(), t => Assert.Equal(source.Resolve(t.Tag!).Digest, copy.Resolve(t.Tag!).Digest));
        Assert.Equal(source.PlanGarbage(new GarbageOptions { Force = true }).Items.Select(i => i.Digest), copy.PlanGarbage(new GarbageOptions { Force = true }).Items.Select(i => i.Digest));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Same_content_gives_the_same_bytes(string name, string suffix)
    {
        using var temporary = new TemporaryDirectory();
        var first = OciStore.Open(RealLayout.Unpack(name, temporary));
        first.Export(first.PlanExport(), temporary["first" + suffix]);

        // Exports a copy with other times, modes and directory order, and then the archive itself.
        Directory.CreateDirectory(temporary["again", "blobs", "sha256"]);
        foreach (var file in Directory.EnumerateFiles(first.Path, "*", SearchOption.AllDirectories).OrderDescending())
            File.Copy(file, Path.Combine(temporary["again"], Path.GetRelativePath(first.Path, file)));
        var second = OciStore.Open(temporary["again"]);
        second.Export(second.PlanExport(), temporary["second" + suffix]);

        Assert.Equal(File.ReadAllBytes(temporary["first" + suffix]), File.ReadAllBytes(temporary["second" + suffix]));
        if (suffix != ".tar") return;
        var archive = OciStore.Open(temporary["first.tar"]);
        archive.Export(archive.PlanExport(), temporary["third.tar"]);
        Assert.Equal(File.ReadAllBytes(temporary["first.tar"]), File.ReadAllBytes(temporary["third.tar"]));
    }

    private static List<string> Blobs(OciStore store) =>
        [.. Directory.EnumerateFiles(Path.Combine(store.Path, "blobs"), "*", SearchOption.AllDirectories).Select(f => Path.GetFileName(f)!).Order()];
}
