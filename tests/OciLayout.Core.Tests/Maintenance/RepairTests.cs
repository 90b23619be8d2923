using System.Collections.Generic;
using System.IO;
using System.Linq;
using Xunit;

namespace OciLayout.Tests.Maintenance;

/// <summary>Tests that a repair fixes all damage that can be fixed, loses no content, and is idempotent.</summary>
public class RepairTests
{
    public static TheoryData<string> Damages => [.. Damage.All.Keys];

    [Theory]
    [MemberData(nameof(Damages))]
    public void Damage_is_repaired_without_a_source(string name)
    {
        using var damaged = new DamagedLayout();
        var damage = Damage.All[name];
        damage.Do(damaged);
        var files = Contents(damaged.Layout.Path);

        Repair(damaged);

        var left = damaged.Verify();
        if (damage.Repair == Maintenance.ExpectedRepair.Alone) Assert.DoesNotContain(left, f => f.Problem == damage.Problem);
        if (damage.Repair == Maintenance.ExpectedRepair.Alone) Assert.DoesNotContain(left, f => f.Severity == FindingSeverity.Error);
        Assert.Superset(files, Contents(damaged.Layout.Path));
        AssertDoneOnce(damaged);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void Damage_is_repaired_from_a_source(string name)
    {
        using var damaged = new DamagedLayout();
        var damage = Damage.All[name];
        damage.Do(damaged);

        Repair(damaged, damaged.Source);

        var left = damaged.Verify();
        if (damage.Repair != Maintenance.ExpectedRepair.Nothing)
        {
            Assert.DoesNotContain(left, f => f.Severity > FindingSeverity.Notice);
            damaged.Layout.Reopen();
            Assert.All(damaged.Layout.Tags, t => damaged.Layout.AssertWalks(t!));
        }

        AssertDoneOnce(damaged, damaged.Source);
    }

    [Theory]
    [InlineData("index deleted", false)]
    [InlineData("index cut", true)]
    public void Rebuilt_index_lists_all_manifests_without_a_parent(string name, bool withTags)
    {
        using var damaged = new DamagedLayout();
        Damage.All[name].Do(damaged);

        Repair(damaged);

        var store = damaged.Layout.Reopen().Store;
        Assert.Superset(new HashSet<Digest> { damaged.V1.Digest, damaged.V2.Digest, damaged.App.Digest, damaged.Sbom.Digest }, damaged.Layout.Listed.ToHashSet());
        Assert.Equal(withTags ? ["app", "v1", "v2"] : [], damaged.Layout.Tags);
        Assert.Equal([damaged.Sbom.Digest], store.GetReferrers(damaged.V1.Digest).Select(r => r.Digest));
    }

    [Fact]
    public void Tags_are_restored_from_a_docker_archive_manifest()
    {
        using var damaged = new DamagedLayout();
        File.WriteAllText(damaged["manifest.json"], $$"""[{"Config":"blobs/sha256/{{damaged.Config.Digest.Encoded}}","RepoTags":["registry:5000/app:v9"],"Layers":[]}]""");
        File.Delete(damaged.Layout.IndexPath);

        Repair(damaged);

        Assert.Equal(damaged.V1.Digest, damaged.Layout.Reopen().Store.Resolve("v9").Digest);
    }

    [Fact]
    public void Entries_are_dropped_only_by_request_and_only_without_content()
    {
        using var damaged = new DamagedLayout();
        damaged.Delete(damaged.Layer);

        Repair(damaged);
        Assert.Equal(["app", "v1", "v2"], damaged.Layout.Reopen().Tags);

        new OciRepair(damaged.Layout.Path).Run(Plan(damaged, new RepairOptions { DropMissing = true }), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["app", "v2"], damaged.Layout.Reopen().Tags);
        Assert.True(File.Exists(damaged.FileOf(damaged.V1))); // no content is deleted with the tag
        Assert.DoesNotContain(damaged.Verify(), f => f.Severity == FindingSeverity.Error);
    }

    [Fact]
    public void Content_of_a_fetched_manifest_is_fetched()
    {
        using var damaged = new DamagedLayout();
        foreach (var gone in new[] { damaged.App, damaged.Child, damaged.Other }) damaged.Delete(gone);
        foreach (var gone in damaged.Source.Walk(damaged.App, TestContext.Current.CancellationToken).Select(v => v.Descriptor)) damaged.Delete(gone);

        Repair(damaged, damaged.Source);

        damaged.Layout.Reopen().AssertWalks("app");
        Assert.Empty(damaged.Verify());
    }

    [Fact]
    public void Corrupt_source_is_skipped()
    {
        using var damaged = new DamagedLayout();
        using var corrupt = new DamagedLayout();
        damaged.Flip(damaged.Layer);
        corrupt.Flip(corrupt.Layer);

        Repair(damaged, corrupt.Layout.Store, damaged.Source);

        Assert.Empty(damaged.Verify());
    }

    private static RepairPlan Plan(DamagedLayout damaged, RepairOptions options) =>
        new OciRepair(damaged.Layout.Path, options).Plan(cancellationToken: TestContext.Current.CancellationToken);

    private static void Repair(DamagedLayout damaged, params OciStore[] sources) =>
        new OciRepair(damaged.Layout.Path).Run(Plan(damaged, new RepairOptions { Sources = sources }), cancellationToken: TestContext.Current.CancellationToken);

    // A second repair changes no content, and no finding with an available remedy remains.
    private static void AssertDoneOnce(DamagedLayout damaged, params OciStore[] sources)
    {
        var before = Contents(damaged.Layout.Path);
        Repair(damaged, sources);
        Assert.Equal(before.Order(), Contents(damaged.Layout.Path).Order());
        Assert.DoesNotContain(damaged.Verify(), f => f.Remedy is not (FindingRemedy.None or FindingRemedy.Fetch));
    }

    // Compares digests, not names, because a repair may move a file without losing its content.
    private static HashSet<string> Contents(string root) =>
    [
        .. Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(Path.GetDirectoryName(f)) != "ingest" && new FileInfo(f).LinkTarget is null)
            .Select(f => Digest.Compute(File.ReadAllBytes(f)).ToString()),
    ];
}
