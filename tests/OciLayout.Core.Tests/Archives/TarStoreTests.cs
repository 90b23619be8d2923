using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Archives;

/// <summary>Tests that a tar archive of a layout answers all queries as the directory does, and refuses changes.</summary>
public class TarStoreTests
{
    public static TheoryData<string> Layouts => [.. RealLayout.Names];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Archive_of_a_layout_answers_queries_as_its_directory_does(string name)
    {
        using var temporary = new TemporaryDirectory();
        var directory = OciStore.Open(RealLayout.Unpack(name, temporary));
        var archive = OciStore.Open(Path.Combine(Repository.Data, name));

        Assert.True(archive.IsReadOnly);
        Assert.Equal(directory.TagNames(), archive.TagNames());
        Assert.Equal(directory.EntryNames(), archive.EntryNames());
        foreach (var entry in directory.GetEntries())
        {
            var visits = archive.Walk(entry.Descriptor!).ToList();
            Assert.Equal(directory.Walk(entry.Descriptor!).Select(v => v.Descriptor.Digest), visits.Select(v => v.Descriptor.Digest));
            foreach (var descriptor in visits.Where(v => !v.IsMissing).Select(v => v.Descriptor))
            {
                Assert.Equal(directory.Read(descriptor), archive.Read(descriptor));
                Assert.Equal(directory.GetReferrers(descriptor.Digest).Select(d => d.Digest), archive.GetReferrers(descriptor.Digest).Select(d => d.Digest));
                Assert.Equal(descriptor.Digest, archive.Resolve(descriptor.Digest.Encoded[..12]).Digest);
            }
        }

        Assert.Equal(Findings(directory.Path), Findings(archive.Path));
        Assert.Equal(Garbage(directory), Garbage(archive));
    }

    // Sorts the items, because unrelated items are in the order of the directory listing, which depends on the file system.
    private static string[] Garbage(OciStore store) =>
        [.. store.PlanGarbage(new GarbageOptions { Force = true }).Items.Select(i => i.Digest.ToString()).Order(System.StringComparer.Ordinal)];

    private static string[] Findings(string path)
    {
        var findings = new List<string>();
        new OciVerification(path).Run(new Observer<Finding>(f => findings.Add($"{f.Severity} {f.Problem} {f.Digest}")));
        return [.. findings.Where(f => !f.Contains(" Permission ", System.StringComparison.Ordinal)).Order()];
    }

    [Fact]
    public void Damage_in_an_archive_is_reported_and_not_repaired()
    {
        using var temporary = new TemporaryDirectory();
        var layer = ArchiveBuilder.Name("layer of v1"u8.ToArray());
        var path = ArchiveBuilder.Layout("v1", n => n == layer).File(layer, "LAYER OF V1").File("stranger", "x").Save(temporary["a.tar"]);

        Assert.Equal(["Error DigestMismatch", "Notice UnknownFile"], Findings(path).Select(f => f[..f.LastIndexOf(' ')]).Order());

        Sandbox.Refused(OciErrorKind.ReadOnlyStore, () => new OciRepair(path).Run(new OciRepair(path).Plan()), path);
        Sandbox.Refused(OciErrorKind.InvalidArchive, () => new OciVerification(CutOff(path)).Run());
    }

    private static string CutOff(string path)
    {
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1024]);
        return path;
    }

    [Fact]
    public void Every_change_of_an_archive_is_refused()
    {
        using var temporary = new TemporaryDirectory();
        var path = temporary["oras.tar"];
        File.Copy(Path.Combine(Repository.Data, "oras.tar"), path);
        var before = File.ReadAllBytes(path);
        var store = OciStore.Open(path);
        var image = store.Resolve("v1");

        Sandbox.Refused(OciErrorKind.ReadOnlyStore, () => store.PushBlob("new"), path);
        Sandbox.Refused(OciErrorKind.ReadOnlyStore, () => store.Tag(image, "new"));
        Sandbox.Refused(OciErrorKind.ReadOnlyStore, () => store.Untag("v1"));
        Sandbox.Refused(OciErrorKind.ReadOnlyStore, () => store.Delete(store.PlanDeletion("v2")));
        Sandbox.Refused(OciErrorKind.ReadOnlyStore, () => store.Collect());
        using (var batch = store.BeginBatch())
            Sandbox.Refused(OciErrorKind.ReadOnlyStore, () => batch.Stage(new PushRequest(), new MemoryStream([1])));
        store.SaveIndex();

        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(temporary.Path));
    }
}
