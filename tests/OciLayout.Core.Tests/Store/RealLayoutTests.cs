using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Store;

/// <summary>Tests that layouts of other tools are read completely, and that reading changes nothing.</summary>
public class RealLayoutTests
{
    public static TheoryData<string> Layouts => [.. RealLayout.Names];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Queries_do_not_change_bytes_modes_or_times_of_a_layout(string name)
    {
        using var layout = TestLayout.Real(name);
        var before = LayoutSnapshot.Of(layout.Path);

        var store = layout.Reopen().Store;
        foreach (var listing in store.GetEntries())
        {
            var descriptor = Assert.IsType<Descriptor>(listing.Descriptor);
            foreach (var visit in store.Walk(descriptor))
            {
                store.Resolve(visit.Descriptor.Digest.ToString());
                store.GetPredecessors(visit.Descriptor.Digest);
                store.GetReferrers(visit.Descriptor.Digest);
                if (!visit.IsMissing) store.ReadAll(visit.Descriptor, long.MaxValue);
            }

            store.PlanDeletion(descriptor.Digest.ToString(), new DeletionOptions { Force = true });
        }

        store.PlanGarbage(new GarbageOptions { Force = true });

        Assert.Equal(before, LayoutSnapshot.Of(layout.Path));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void All_content_of_a_layout_resolves_by_tag_digest_and_prefix(string name)
    {
        using var layout = TestLayout.Real(name);

        foreach (var listing in layout.Store.GetEntries())
        {
            var descriptor = listing.Descriptor!;
            if (listing.Tag is not null) Assert.Equal(descriptor.Digest, layout.Store.Resolve(listing.Tag).Digest);
            foreach (var visit in layout.Store.Walk(descriptor))
            {
                var digest = visit.Descriptor.Digest;
                Assert.Equal((digest, visit.Descriptor.MediaType, visit.Descriptor.Size), Facts(layout.Store.Resolve(digest.ToString())));
                Assert.Equal(digest, layout.Store.Resolve(digest.Encoded[..12]).Digest);
                Assert.Equal(digest, layout.Store.Resolve(digest.ToString()[..19]).Digest);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Every_tag_of_a_layout_walks_completely(string name)
    {
        using var layout = TestLayout.Real(name);

        Assert.NotEmpty(layout.Store.GetEntries());
        foreach (var listing in layout.Store.GetEntries())
        {
            var visits = layout.Store.Walk(listing.Descriptor!).ToList();
            Assert.All(visits, v => Assert.False(v.IsMissing));
            Assert.All(visits, v => Assert.Null(v.Problem));
            Assert.Equal(DigestsBelow(layout, listing.Descriptor!), visits.Select(v => v.Descriptor.Digest.ToString()).ToHashSet());
        }
    }

    [Theory]
    [InlineData("oras.tar", "latest", "v1", "v2")]
    [InlineData("umoci.tar", "app", "app-2", "base")]
    [InlineData("regctl.tar", "amd64", "arm64", "multi", "sha256-3bd32801e28e89a190127df202726802be4f6d68261d3ea0e7d1f4ec8ffcacef")]
    [InlineData("skopeo-untagged.tar")]
    [InlineData("skopeo-v2s2.tar", "v1")]
    public void Tags_of_a_layout_are_those_that_the_tool_set(string name, params string[] tags)
    {
        using var layout = TestLayout.Real(name);

        Assert.Equal(tags, layout.Tags);
    }

    [Fact]
    public void Referrers_that_oras_wrote_are_found_at_all_levels()
    {
        using var layout = TestLayout.Real("oras.tar");

        var sbom = Assert.Single(layout.Store.GetReferrers(layout.Store.Resolve("v1").Digest));
        Assert.Equal("application/spdx+json", sbom.ArtifactType);
        Assert.Equal("2026-11-23T16:13:05Z", sbom.Annotations[AnnotationKeys.Created]);
        Assert.Equal("application/vnd.contoso.signature", Assert.Single(layout.Store.GetReferrers(sbom.Digest)).ArtifactType);
        Assert.Empty(layout.Store.GetReferrers(layout.Store.Resolve("v2").Digest));
    }

    [Fact]
    public void Referrer_listed_only_by_a_regctl_fallback_tag_is_found()
    {
        using var layout = TestLayout.Real("regctl.tar");
        var multi = layout.Store.Resolve("multi").Digest;

        var referrer = Assert.Single(layout.Store.GetReferrers(multi));

        Assert.DoesNotContain(referrer.Digest, layout.Listed);
        Assert.Equal(multi, layout.Store.GetManifest(referrer).Subject!.Digest);
    }

    // Finds the digests that a manifest reaches without the code under test: every "digest" in documents with a manifest's media type.
    private static HashSet<string> DigestsBelow(TestLayout layout, Descriptor root)
    {
        var found = new HashSet<string>();
        var open = new Stack<(string Digest, string MediaType)>([(root.Digest.ToString(), root.MediaType)]);
        while (open.TryPop(out var next))
        {
            if (!found.Add(next.Digest) || !(next.MediaType.Contains("manifest", StringComparison.Ordinal) || next.MediaType.Contains("image.index", StringComparison.Ordinal))) continue;
            using var document = JsonDocument.Parse(System.IO.File.ReadAllBytes(layout.PathOf(Digest.Parse(next.Digest))));
            foreach (var descriptor in Descriptors(document.RootElement))
                open.Push((descriptor.GetProperty("digest").GetString()!, descriptor.GetProperty("mediaType").GetString()!));
        }

        return found;
    }

    private static IEnumerable<JsonElement> Descriptors(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object when element.TryGetProperty("digest", out _) => [element],
        JsonValueKind.Object => element.EnumerateObject().SelectMany(m => Descriptors(m.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Descriptors),
        _ => [],
    };

    private static (Digest, string, long) Facts(Descriptor descriptor) => (descriptor.Digest, descriptor.MediaType, descriptor.Size);
}
