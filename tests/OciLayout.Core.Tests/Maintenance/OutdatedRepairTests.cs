using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Files;
using OciLayout.Tests.Store;
using Xunit;

namespace OciLayout.Tests.Maintenance;

/// <summary>Tests running a repair plan after other changes: content repaired, moved or claimed since the plan is left unchanged.</summary>
public class OutdatedRepairTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Content_pushed_again_since_the_plan_is_not_moved(bool withSource)
    {
        using var damaged = new DamagedLayout();
        var content = File.ReadAllBytes(damaged.FileOf(damaged.Layer));
        damaged.Write(damaged.Layer, "la");
        var plan = Plan(damaged, new RepairOptions { Sources = withSource ? [damaged.Source] : [] });
        damaged.Layout.OtherProcess().Push(PushRequest.For(damaged.Layer), new MemoryStream(content));

        var done = Repair(damaged, plan);

        Assert.All(done, d => Assert.True(d.Mended, d.Finding.Reason));
        Assert.Empty(Quarantine(damaged));
        damaged.Layout.Reopen().AssertWalks("v1");
    }

    [Fact]
    public void Content_stored_since_the_plan_counts_as_fetched()
    {
        using var damaged = new DamagedLayout();
        var content = File.ReadAllBytes(damaged.FileOf(damaged.Layer));
        damaged.Delete(damaged.Layer);
        var plan = Plan(damaged);
        damaged.Write(damaged.Layer, content);

        var (_, mended) = Assert.Single(Repair(damaged, plan));

        Assert.True(mended);
    }

    [Fact]
    public void Corrupt_content_claimed_by_another_process_is_kept_until_that_process_ends()
    {
        using var damaged = new DamagedLayout();
        damaged.Flip(damaged.Layer);
        var other = damaged.Layout.OtherProcess();
        var scope = other.State.Begin(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        scope.Claim(damaged.Layer.Digest, damaged.Layer.MediaType);
        scope.Dispose(); // the claim remains until the process ends

        var (finding, mended) = Assert.Single(Repair(damaged, Plan(damaged)));

        Assert.False(mended);
        Assert.Contains("Another process", finding.Reason, StringComparison.Ordinal);
        Assert.True(File.Exists(damaged.FileOf(damaged.Layer)));

        other.State.Dispose();
        Repair(damaged, Plan(damaged));
        Assert.Single(Quarantine(damaged));
    }

    [Fact]
    public void A_source_replaces_corrupt_content_even_if_it_is_claimed()
    {
        using var damaged = new DamagedLayout();
        damaged.Flip(damaged.Layer);
        using var scope = damaged.Layout.OtherProcess().State.Begin(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        scope.Claim(damaged.Layer.Digest, damaged.Layer.MediaType);

        Assert.All(Repair(damaged, Plan(damaged, new RepairOptions { Sources = [damaged.Source] })), d => Assert.True(d.Mended));

        Assert.Empty(damaged.Verify());
    }

    [Theory]
    [InlineData(".gate")]
    [InlineData(".lock")]
    public void A_tag_moved_to_an_intact_image_before_the_lock_is_kept(string name)
    {
        using var damaged = new DamagedLayout();
        damaged.Delete(damaged.Layer);
        var plan = Plan(damaged, new RepairOptions { DropMissing = true });
        var isMoved = false;
        var files = new HookedFileSystem
        {
            Before = (operation, path) =>
            {
                if (isMoved || operation != FileOperation.Lock || Path.GetFileName(path) != name) return;
                isMoved = true;
                damaged.Index(index => index["manifests"]!.AsArray().Single(e => e!["digest"]!.GetValue<string>() == damaged.V2.Digest.ToString())!["annotations"]![AnnotationKeys.RefName] = "v1");
            },
        };

        Repair(damaged, plan, files);

        Assert.True(isMoved);
        Assert.Equal(damaged.V2.Digest, damaged.Layout.Reopen().Store.Resolve("v1").Digest);
    }

    [Theory]
    [InlineData(".gate")]
    [InlineData(".lock")]
    public void A_tag_whose_content_is_restored_before_the_lock_is_kept(string name)
    {
        using var damaged = new DamagedLayout();
        var content = File.ReadAllBytes(damaged.FileOf(damaged.Layer));
        damaged.Delete(damaged.Layer);
        var plan = Plan(damaged, new RepairOptions { DropMissing = true });
        var files = new HookedFileSystem
        {
            Before = (operation, path) =>
            {
                if (operation == FileOperation.Lock && Path.GetFileName(path) == name) damaged.Write(damaged.Layer, content);
            },
        };

        Repair(damaged, plan, files);

        damaged.Layout.Reopen().AssertWalks("v1");
    }

    [Fact]
    public void Dropping_a_shadowed_entry_keeps_the_tag()
    {
        using var damaged = new DamagedLayout();
        damaged.Layout.AddEntries(TestLayout.Entry(damaged.V2, "v1"));
        damaged.Delete(damaged.Layer);

        Repair(damaged, Plan(damaged, new RepairOptions { DropMissing = true }));

        Assert.Equal(damaged.V2.Digest, damaged.Layout.Reopen().Store.Resolve("v1").Digest);
    }

    [Fact]
    public void Entries_with_another_name_than_a_tag_are_dropped_too()
    {
        using var damaged = new DamagedLayout();
        damaged.Entry(damaged.V1, e => e["annotations"] = new System.Text.Json.Nodes.JsonObject { [AnnotationKeys.ContainerdImageName] = "example.com/app:v1" });
        damaged.Delete(damaged.Layer);

        Repair(damaged, Plan(damaged, new RepairOptions { DropMissing = true }));

        Assert.DoesNotContain(damaged.V1.Digest, damaged.Layout.Reopen().Listed);
        Assert.DoesNotContain(damaged.Verify(), f => f.Severity == FindingSeverity.Error);
    }

    [Fact]
    public void Tags_that_are_dropped_are_reported()
    {
        using var damaged = new DamagedLayout();
        damaged.Delete(damaged.Layer);

        var done = Repair(damaged, Plan(damaged, new RepairOptions { DropMissing = true }));

        var lost = Assert.Single(done, d => d.Finding.Problem == FindingProblem.TagsLost).Finding;
        Assert.Equal(("v1", damaged.V1.Digest, FindingSeverity.Warning), (lost.Tags.Single(), lost.Digest, lost.Severity));
    }

    [Theory]
    [InlineData("index deleted")]
    [InlineData("index cut")]
    public void An_index_restored_since_the_plan_is_unchanged(string name)
    {
        using var damaged = new DamagedLayout();
        var whole = File.ReadAllBytes(damaged.Layout.IndexPath);
        Damage.All[name].Do(damaged);
        var plan = Plan(damaged);
        File.WriteAllBytes(damaged.Layout.IndexPath, whole);

        Assert.All(Repair(damaged, plan), d => Assert.True(d.Mended));

        Assert.Equal(whole, File.ReadAllBytes(damaged.Layout.IndexPath));
        Assert.Empty(Quarantine(damaged));
    }

    [Fact]
    public void A_layout_file_of_another_version_written_since_the_plan_is_not_replaced()
    {
        using var damaged = new DamagedLayout();
        File.Delete(damaged["oci-layout"]);
        var plan = Plan(damaged);
        File.WriteAllText(damaged["oci-layout"], """{"imageLayoutVersion":"2.0.0"}""");

        var (finding, mended) = Assert.Single(Repair(damaged, plan));

        Assert.False(mended);
        Assert.Contains("2.0.0", finding.Reason, StringComparison.Ordinal);
        Assert.Contains("2.0.0", File.ReadAllText(damaged["oci-layout"]), StringComparison.Ordinal);
    }

    [Fact]
    public void An_index_that_became_unreadable_is_not_rewritten_and_the_reason_is_reported()
    {
        using var damaged = new DamagedLayout();
        damaged.Index(i => i.Remove("schemaVersion"));
        var plan = Plan(damaged);
        File.WriteAllText(damaged.Layout.IndexPath, "{");

        var (finding, mended) = Assert.Single(Repair(damaged, plan));

        Assert.False(mended);
        Assert.False(string.IsNullOrEmpty(finding.Reason));
        Assert.Equal("{", File.ReadAllText(damaged.Layout.IndexPath));
    }

    [Fact]
    public void Content_moved_to_quarantine_without_a_replacement_is_not_reported_as_repaired()
    {
        using var damaged = new DamagedLayout();
        damaged.Flip(damaged.Layer);

        var (finding, mended) = Assert.Single(Repair(damaged, Plan(damaged)));

        Assert.False(mended);
        Assert.Contains("No source", finding.Reason, StringComparison.Ordinal);
        Assert.Single(Quarantine(damaged));
    }

    [Fact]
    public void The_reason_states_the_problem_of_each_source()
    {
        using var damaged = new DamagedLayout();
        using var corrupt = new DamagedLayout();
        using var empty = new TestLayout();
        damaged.Delete(damaged.Layer);
        corrupt.Flip(corrupt.Layer);

        var (finding, _) = Assert.Single(Repair(damaged, Plan(damaged, new RepairOptions { Sources = [corrupt.Layout.Store, empty.Store] })));

        Assert.Contains(corrupt.Layout.Path, finding.Reason, StringComparison.Ordinal);
        Assert.Contains(empty.Path, finding.Reason, StringComparison.Ordinal);
        Assert.Contains("does not exist", finding.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_reported_as_the_reason_of_a_failed_fetch()
    {
        using var damaged = new DamagedLayout();
        damaged.Delete(damaged.Layer);
        var files = new HookedFileSystem
        {
            Before = (operation, path) =>
            {
                if (operation == FileOperation.Write && path.EndsWith(".upload", StringComparison.Ordinal)) throw new IOException("No space left on device");
            },
        };

        var (finding, mended) = Assert.Single(Repair(damaged, Plan(damaged, new RepairOptions { Sources = [damaged.Source] }), files));

        Assert.False(mended);
        Assert.Contains("No space left on device", finding.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_reported_if_entries_cannot_be_dropped()
    {
        using var damaged = new DamagedLayout();
        damaged.Delete(damaged.Layer);
        var files = new HookedFileSystem
        {
            Before = (operation, path) =>
            {
                if (operation == FileOperation.Write && path.EndsWith(".tmp", StringComparison.Ordinal)) throw new IOException("No space left on device");
            },
        };

        Assert.Throws<IOException>(() => Repair(damaged, Plan(damaged, new RepairOptions { DropMissing = true }), files));
        Assert.Equal(["app", "v1", "v2"], damaged.Layout.Reopen().Tags);
    }

    private static RepairPlan Plan(DamagedLayout damaged, RepairOptions? options = null) =>
        new OciRepair(damaged.Layout.Path, options).Plan(cancellationToken: TestContext.Current.CancellationToken);

    private static List<(Finding Finding, bool Mended)> Repair(DamagedLayout damaged, RepairPlan plan, IFileSystem? files = null)
    {
        files ??= PhysicalFileSystem.Instance;
        var done = new List<(Finding, bool)>();
        OciStore? store = null;
        try
        {
            new OciRepair(plan.Path, null, files, () => store = OciStore.OpenIsolated(plan.Path, files)).Run(plan, new Observer<Finding>(f => done.Add((f, f.Reason is null))), cancellationToken: TestContext.Current.CancellationToken);
        }
        finally
        {
            store?.State.Dispose();
        }

        Assert.All(done, d => Assert.Equal(d.Item2, d.Item1.Reason is null));
        return done;
    }

    private static string[] Quarantine(DamagedLayout damaged) => Directory.Exists(damaged["quarantine"]) ? Directory.GetFiles(damaged["quarantine"]) : [];
}
