using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Xunit;

namespace OciLayout.Tests.Maintenance;

/// <summary>Tests the repair of a lost, corrupt or strange index: tags are restored where possible, and lost tags are reported.</summary>
public class LostIndexTests
{
    [Theory]
    [InlineData("index deleted")]
    [InlineData("index emptied")]
    [InlineData("index cut")]
    [InlineData("index of zeros")]
    [InlineData("index that is a directory")]
    public void Tags_are_restored_from_a_source_by_digest(string name)
    {
        using var damaged = new DamagedLayout();
        Damage.All[name].Do(damaged);

        Assert.DoesNotContain(Repair(damaged, damaged.Source), d => d.Finding.Problem == FindingProblem.TagsLost);

        var store = damaged.Layout.Reopen().Store;
        Assert.Equal(["app", "v1", "v2"], damaged.Layout.Tags);
        Assert.Equal((damaged.App.Digest, damaged.V1.Digest, damaged.V2.Digest), (store.Resolve("app").Digest, store.Resolve("v1").Digest, store.Resolve("v2").Digest));
        Assert.Empty(damaged.Verify());
    }

    [Fact]
    public void A_tag_of_other_content_in_the_source_is_not_restored()
    {
        using var damaged = new DamagedLayout();
        using var other = new DamagedLayout();
        File.Delete(damaged.Layout.IndexPath);
        other.Layout.Reopen().PushImage("new", "v1");

        Repair(damaged, other.Layout.Store);

        Assert.Equal(["app", "v2"], damaged.Layout.Reopen().Tags);
    }

    [Fact]
    public void A_tag_of_the_old_file_takes_precedence_over_that_of_a_source()
    {
        using var damaged = new DamagedLayout();
        using var other = new DamagedLayout();
        Damage.All["index cut"].Do(damaged);
        other.Layout.Reopen().Store.Tag(other.V2, "v1", TestContext.Current.CancellationToken);

        Repair(damaged, other.Layout.Store);

        Assert.Equal(damaged.V1.Digest, damaged.Layout.Reopen().Store.Resolve("v1").Digest);
    }

    [Fact]
    public void Tags_that_cannot_be_restored_are_reported()
    {
        using var damaged = new DamagedLayout();
        File.Delete(damaged.Layout.IndexPath);

        var lost = Assert.Single(Repair(damaged), d => d.Finding.Problem == FindingProblem.TagsLost);

        Assert.False(lost.Mended);
        Assert.Equal(FindingSeverity.Warning, lost.Finding.Severity);
        Assert.Contains("3 of 4 manifests have no tag", lost.Finding.Actual, StringComparison.Ordinal); // the fourth is a referrer
        var none = Assert.Single(damaged.Verify(), f => f.Problem == FindingProblem.NoTags);
        Assert.Equal((FindingSeverity.Notice, "the index lists 4 manifests, no tag"), (none.Severity, none.Actual));
    }

    [Theory]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[]}")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":null}")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[7,{\"digest\":\"sha256:0\"}]}")]
    public void An_empty_index_is_restored_with_its_tags(string index)
    {
        using var damaged = new DamagedLayout();
        File.WriteAllText(damaged.Layout.IndexPath, index);

        Assert.Contains(Repair(damaged, damaged.Source), d => d.Finding.Problem == FindingProblem.NoTags && d.Mended);

        Assert.Equal(["app", "v1", "v2"], damaged.Layout.Reopen().Tags);
        Assert.Empty(damaged.Verify());
    }

    [Fact]
    public void Lost_tags_of_an_empty_index_are_reported()
    {
        using var damaged = new DamagedLayout();
        File.WriteAllText(damaged.Layout.IndexPath, "{\"schemaVersion\":2,\"manifests\":[]}");

        Assert.Contains(Repair(damaged), d => d.Finding.Problem == FindingProblem.TagsLost && !d.Mended);

        Assert.Contains(damaged.V1.Digest, damaged.Layout.Reopen().Listed);
        Assert.Empty(Repair(damaged));
    }

    [Fact]
    public void A_truncated_index_reports_that_tags_may_be_lost()
    {
        using var damaged = new DamagedLayout();
        var text = File.ReadAllText(damaged.Layout.IndexPath);
        File.WriteAllText(damaged.Layout.IndexPath, text[..text.LastIndexOf(']')]);

        var lost = Assert.Single(Repair(damaged), d => d.Finding.Problem == FindingProblem.TagsLost);

        Assert.False(lost.Mended);
        Assert.Contains("may have had a tag", lost.Finding.Actual, StringComparison.Ordinal); // the members of the index and the SBOM
        Assert.Equal(["app", "v1", "v2"], damaged.Layout.Reopen().Tags);
    }

    [Theory]
    [InlineData("size")]
    [InlineData("mediaType")]
    [InlineData("platform")]
    public void A_malformed_entry_of_stored_content_keeps_its_tag_when_the_index_is_written(string member)
    {
        using var damaged = new DamagedLayout();
        damaged.Entry(damaged.V1, e => e[member] = new JsonArray());

        Repair(damaged);

        Assert.Equal(["app", "v1", "v2"], damaged.Layout.Reopen().Tags);
        Assert.Equal((damaged.V1.MediaType, damaged.V1.Size), (damaged.Layout.Store.Resolve("v1").MediaType, damaged.Layout.Store.Resolve("v1").Size));
        Assert.Empty(damaged.Verify());
    }

    [Fact]
    public void A_manifest_whose_name_is_not_text_stays_listed_and_its_tag_is_reported_as_lost()
    {
        using var damaged = new DamagedLayout();
        var text = File.ReadAllText(damaged.Layout.IndexPath);
        File.WriteAllText(damaged.Layout.IndexPath, text.Replace("\"v1\"", "\"\\ud800\"", StringComparison.Ordinal));

        var lost = Assert.Single(Repair(damaged), d => d.Finding.Problem == FindingProblem.TagsLost);

        Assert.Equal(damaged.V1.Digest, lost.Finding.Digest);
        Assert.Contains(damaged.V1.Digest, damaged.Layout.Reopen().Listed);
    }

    [Fact]
    public void An_entry_whose_rest_is_malformed_keeps_its_tag()
    {
        using var damaged = new DamagedLayout();
        damaged.Entry(damaged.V1, e => e["platform"] = 5);
        Damage.All["index cut"].Do(damaged);

        Repair(damaged);

        Assert.Equal(damaged.V1.Digest, damaged.Layout.Reopen().Store.Resolve("v1").Digest);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[null]")]
    [InlineData("[7]")]
    [InlineData("""[{"Config":null,"RepoTags":null}]""")]
    [InlineData("""[{"Config":7,"RepoTags":["a:b"]}]""")]
    [InlineData("""[{"Config":"x","RepoTags":[null,7]}]""")]
    [InlineData("""[{"Config":"blobs/sha256/zz","RepoTags":["a:b"]}]""")]
    [InlineData("[")]
    [InlineData("""[{"Config":"\ud800","RepoTags":["\ud800"]}]""")]
    public void A_malformed_docker_manifest_restores_no_tags(string json)
    {
        using var damaged = new DamagedLayout();
        File.Delete(damaged.Layout.IndexPath);
        File.WriteAllText(damaged["manifest.json"], json);

        Repair(damaged);

        Assert.Empty(damaged.Layout.Reopen().Tags);
        Assert.Contains(damaged.V1.Digest, damaged.Layout.Listed);
    }

    [Theory]
    [InlineData(1_500)]
    [InlineData(9_000)]
    public void Depth_of_unknown_members_does_not_matter_when_an_index_is_written(int depth)
    {
        using var damaged = new DamagedLayout();
        var deep = new string('[', depth) + new string(']', depth);
        damaged.Index(i => i.Remove("schemaVersion"));
        damaged.Entry(damaged.V1, e => e["size"] = 7);
        var text = File.ReadAllText(damaged.Layout.IndexPath);
        text = text.Insert(1, $"\"unknown\":{deep},");
        text = text.Replace("\"size\":7", $"\"size\":7,\"deep\":{deep}", StringComparison.Ordinal);
        File.WriteAllText(damaged.Layout.IndexPath, text);

        Assert.All(Repair(damaged), d => Assert.True(d.Mended, d.Finding.Reason));

        Assert.Equal(2, File.ReadAllText(damaged.Layout.IndexPath).Split(deep).Length - 1);
        Assert.Empty(damaged.Verify());
        Assert.Equal(["app", "v1", "v2"], damaged.Layout.Reopen().Tags);
    }

    [Fact]
    public void Deep_documents_beside_a_lost_index_do_not_stop_its_repair()
    {
        using var damaged = new DamagedLayout();
        var deep = new string('[', 20_000);
        File.WriteAllText(damaged.Layout.IndexPath, """{"schemaVersion":2,"manifests":[{"x":""" + deep);
        File.WriteAllText(damaged["manifest.json"], deep);
        damaged.Layout.WriteBlob(System.Text.Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"manifests":{{deep}}"""));

        Repair(damaged);

        Assert.Contains(damaged.V1.Digest, damaged.Layout.Reopen().Listed);
    }

    [Theory]
    [InlineData("oci-layout", FindingProblem.LayoutInvalid)]
    [InlineData("index.json", FindingProblem.IndexSchema)]
    public void A_byte_order_mark_is_reported_and_removed(string name, FindingProblem problem)
    {
        using var damaged = new DamagedLayout();
        File.WriteAllBytes(damaged[name], [0xEF, 0xBB, 0xBF, .. File.ReadAllBytes(damaged[name])]);
        Assert.Equal((problem, FindingSeverity.Warning), damaged.Verify().Select(f => (f.Problem, f.Severity)).Single());

        Assert.All(Repair(damaged), d => Assert.True(d.Mended));

        Assert.Empty(damaged.Verify());
        Assert.Equal(["app", "v1", "v2"], damaged.Layout.Reopen().Tags);
    }

    [Theory]
    [InlineData("\"\\ud800\":1,")]
    [InlineData("\"\\ud800 that is long enough to be compared\":1,")]
    [InlineData("\"annotations\":{\"\\ud800\":\"x\"},")]
    [InlineData("\"mediaType\":\"\\ud800\",")]
    public void Invalid_text_is_a_finding_and_not_an_exception(string member)
    {
        using var damaged = new DamagedLayout();
        File.WriteAllText(damaged.Layout.IndexPath, File.ReadAllText(damaged.Layout.IndexPath).Insert(1, member));

        damaged.Verify();
        Repair(damaged);
        damaged.Delete(damaged.Layer);
        var plan = new OciRepair(damaged.Layout.Path, new RepairOptions { DropMissing = true }).Plan(cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(Record.Exception(() => new OciRepair(plan.Path).Run(plan, cancellationToken: TestContext.Current.CancellationToken)) is null or OciException);
    }

    [Fact]
    public void A_layout_without_blobs_is_reported()
    {
        using var layout = new TestLayout();
        layout.Store.State.Dispose();
        Directory.Delete(Path.Combine(layout.Path, "blobs"), recursive: true);
        var found = new List<Finding>();

        new OciVerification(layout.Path).Run(new Observer<Finding>(found.Add), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((FindingProblem.BlobsMissing, FindingSeverity.Warning), found.Select(f => (f.Problem, f.Severity)).Single());
    }

    [Theory]
    [InlineData("""{"a":7}""")]
    [InlineData("""{"a":null}""")]
    public void Annotations_of_an_entry_that_are_not_strings_are_reported(string annotations)
    {
        using var damaged = new DamagedLayout();
        damaged.Entry(damaged.Sbom, e => e["annotations"] = JsonNode.Parse(annotations));

        var finding = Assert.Single(damaged.Verify());

        Assert.Equal((FindingProblem.IndexSchema, FindingSeverity.Warning), (finding.Problem, finding.Severity));
    }

    private static List<(Finding Finding, bool Mended)> Repair(DamagedLayout damaged, params OciStore[] sources)
    {
        var done = new List<(Finding, bool)>();
        var plan = new OciRepair(damaged.Layout.Path, new RepairOptions { Sources = sources }).Plan(cancellationToken: TestContext.Current.CancellationToken);
        new OciRepair(plan.Path).Run(plan, new Observer<Finding>(f => done.Add((f, f.Reason is null))), cancellationToken: TestContext.Current.CancellationToken);
        return done;
    }
}
