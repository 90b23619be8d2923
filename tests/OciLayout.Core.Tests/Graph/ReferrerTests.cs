using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace OciLayout.Tests.Graph;

/// <summary>Tests the predecessors and the referrers of content.</summary>
public class ReferrerTests
{
    [Fact]
    public void Predecessors_are_all_manifests_that_reference_the_content()
    {
        using var layout = new TestLayout();
        var shared = layout.PushBlob("shared", "application/x-shared");
        var byConfig = layout.PushManifest(TestDocument.Image(shared, []));
        var byLayer = layout.PushManifest(TestDocument.Image(null, [shared]));
        var byBlob = layout.PushManifest(TestDocument.Artifact([shared]), null, MediaTypes.ArtifactManifest);
        var bySubject = layout.PushManifest(TestDocument.Image(null, [], shared));
        var byManifests = layout.PushIndex(null, byConfig);
        layout.PushImage("stranger");

        Assert.Equal(Sorted(byConfig, byLayer, byBlob, bySubject), Sorted([.. layout.Store.GetPredecessors(shared.Digest)]));
        Assert.Equal([byManifests.Digest], layout.Store.GetPredecessors(byConfig.Digest).Select(d => d.Digest));
    }

    [Fact]
    public void Manifest_with_two_references_is_one_predecessor()
    {
        using var layout = new TestLayout();
        var blob = layout.PushBlob("twice");
        var image = layout.PushManifest(TestDocument.Image(blob, [blob, blob], blob));

        Assert.Equal([image.Digest], layout.Store.GetPredecessors(blob.Digest).Select(d => d.Digest));
        Assert.Equal([image.Digest], layout.Store.GetReferrers(blob.Digest).Select(d => d.Digest));
    }

    [Fact]
    public void Unknown_content_and_roots_have_no_predecessors()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("alone", "alone");

        Assert.Empty(layout.Store.GetPredecessors(image.Digest));
        Assert.Empty(layout.Store.GetPredecessors(Digest.Compute("nowhere"u8)));
        Assert.Empty(layout.Store.GetReferrers(Digest.Compute("nowhere"u8)));
    }

    [Fact]
    public void Predecessor_has_the_descriptor_of_the_index()
    {
        using var layout = new TestLayout();
        var blob = layout.PushBlob("blob");
        var document = TestDocument.Image(blob, []);
        layout.Store.Push(new PushRequest { MediaType = MediaTypes.ImageManifest, Annotations = new Dictionary<string, string> { ["a"] = "b" } }, new MemoryStream(document));

        Assert.Equal("b", Assert.Single(layout.Store.GetPredecessors(blob.Digest)).Annotations["a"]);
    }

    [Fact]
    public void Unreadable_entry_field_does_not_hide_predecessors()
    {
        using var layout = new TestLayout();
        var blob = layout.PushBlob("blob");
        var image = layout.WriteBlob(TestDocument.Image(blob, []), MediaTypes.ImageManifest);
        var entry = TestLayout.Entry(image);
        entry["urls"] = 5;
        layout.AddEntries(entry);

        Assert.Equal([image.Digest], layout.Store.GetPredecessors(blob.Digest).Select(d => d.Digest));
    }

    [Fact]
    public void Referrers_of_a_missing_subject_are_found()
    {
        using var layout = new TestLayout();
        var gone = TestDocument.Describe("gone"u8.ToArray(), MediaTypes.ImageManifest);
        var signature = layout.PushImage("signature", null, gone);

        Assert.Equal([signature.Digest], layout.Store.GetReferrers(gone.Digest).Select(d => d.Digest));
    }

    [Fact]
    public void Referrer_has_its_artifact_type_or_that_of_its_config()
    {
        using var layout = new TestLayout();
        var subject = layout.PushImage("subject", "subject");
        var own = layout.PushImage("own", null, subject, "application/x-own");
        var byConfig = layout.PushImage("by config", null, subject);
        var emptyType = layout.PushImage("empty type", null, subject, "");
        var index = layout.PushManifest(TestDocument.Index([], subject), null, MediaTypes.ImageIndex);

        var types = layout.Store.GetReferrers(subject.Digest).ToDictionary(d => d.Digest, d => d.ArtifactType);

        Assert.Equal(4, types.Count);
        Assert.Equal("application/x-own", types[own.Digest]);
        Assert.Equal(TestLayout.ConfigType, types[byConfig.Digest]);
        Assert.Equal(TestLayout.ConfigType, types[emptyType.Digest]);
        Assert.Null(types[index.Digest]);
    }

    [Fact]
    public void Referrers_are_filtered_by_artifact_type()
    {
        using var layout = new TestLayout();
        var subject = layout.PushImage("subject", "subject");
        var sbom = layout.PushImage("sbom", null, subject, "application/x-sbom");
        layout.PushImage("signature", null, subject, "application/x-signature");

        Assert.Equal([sbom.Digest], layout.Store.GetReferrers(subject.Digest, "application/x-sbom").Select(d => d.Digest));
        Assert.Equal(2, layout.Store.GetReferrers(subject.Digest, "").Count);
        Assert.Empty(layout.Store.GetReferrers(subject.Digest, "application/x-other"));
    }

    [Fact]
    public void Annotations_of_a_referrer_are_those_of_its_manifest()
    {
        using var layout = new TestLayout();
        var subject = layout.PushImage("subject", "subject");
        var document = TestDocument.Image(null, [], subject, "application/x", new Dictionary<string, string> { ["of"] = "manifest" });
        layout.Store.Push(new PushRequest { MediaType = MediaTypes.ImageManifest, Annotations = new Dictionary<string, string> { ["of"] = "entry" } }, new MemoryStream(document));

        var referrer = Assert.Single(layout.Store.GetReferrers(subject.Digest));

        Assert.Equal("manifest", Assert.Single(referrer.Annotations).Value);
        Assert.Equal((MediaTypes.ImageManifest, (long)document.Length), (referrer.MediaType, referrer.Size));
    }

    [Theory]
    [InlineData(MediaTypes.DockerManifest)]
    [InlineData(MediaTypes.DockerManifestList)]
    public void Docker_manifest_has_no_subject(string mediaType)
    {
        using var layout = new TestLayout();
        var subject = layout.PushImage("subject", "subject");
        layout.PushManifest(mediaType == MediaTypes.DockerManifest ? TestDocument.Image(null, [], subject, mediaType: mediaType) : TestDocument.Index([], subject, mediaType: mediaType), null, mediaType);

        Assert.Empty(layout.Store.GetReferrers(subject.Digest));
        Assert.Empty(layout.Store.GetPredecessors(subject.Digest));
    }

    [Fact]
    public void Referrer_listed_only_by_a_fallback_tag_is_found_once()
    {
        using var layout = new TestLayout();
        var subject = layout.PushImage("subject", "subject");
        var both = layout.PushImage("both", null, subject, "application/x-both");
        var only = layout.WriteBlob(TestDocument.Image(null, [], subject, "application/x-only"), MediaTypes.ImageManifest);
        layout.WriteFallback(subject.Digest, both, only);

        Assert.Equal(Sorted(both, only), Sorted([.. layout.Store.GetReferrers(subject.Digest)]));
        Assert.Equal(only.Digest, Assert.Single(layout.Store.GetReferrers(subject.Digest, "application/x-only")).Digest);
    }

    [Fact]
    public void Fallback_list_yields_only_stored_valid_referrers_of_the_subject()
    {
        using var layout = new TestLayout();
        var subject = layout.PushImage("subject", "subject");
        var stranger = layout.PushImage("stranger", "stranger");
        var attachedElsewhere = layout.WriteBlob(TestDocument.Image(null, [], stranger), MediaTypes.ImageManifest);
        var missing = TestDocument.Describe("missing"u8.ToArray(), MediaTypes.ImageManifest);
        var broken = layout.WriteBlob("{"u8.ToArray(), MediaTypes.ImageManifest);
        layout.WriteFallback(subject.Digest, stranger, attachedElsewhere, missing, broken, subject);

        Assert.Empty(layout.Store.GetReferrers(subject.Digest));
        Assert.Equal([attachedElsewhere.Digest], layout.Store.GetReferrers(stranger.Digest).Select(d => d.Digest));
    }

    [Fact]
    public void Fallback_tag_of_a_long_digest_is_cut_to_64_characters()
    {
        using var layout = new TestLayout();
        var bytes = TestDocument.Image(null, []);
        var digest = Digest.Compute(bytes, DigestAlgorithm.Sha512);
        layout.WriteFile(digest, bytes);
        var subject = new Descriptor(MediaTypes.ImageManifest, digest, bytes.Length);
        var referrer = layout.WriteBlob(TestDocument.Image(null, [], subject), MediaTypes.ImageManifest);
        var list = layout.WriteBlob(TestDocument.Index([referrer]), MediaTypes.ImageIndex);
        layout.WriteIndex((subject, "long"), (list, "sha512-" + digest.Encoded[..64]));

        Assert.Equal([referrer.Digest], layout.Store.GetReferrers(digest).Select(d => d.Digest));
        Assert.Empty(layout.Collect());
        layout.AssertOnly(subject, list);
    }

    [Fact]
    public void Referrer_without_a_file_is_not_listed()
    {
        using var layout = new TestLayout();
        var subject = layout.PushImage("subject", "subject");
        var referrer = layout.WriteBlob(TestDocument.Image(null, [], subject), MediaTypes.ImageManifest);
        layout.WriteFallback(subject.Digest, referrer);
        Assert.Single(layout.Store.GetReferrers(subject.Digest));

        File.Delete(layout.PathOf(referrer.Digest));

        Assert.Empty(layout.Store.GetReferrers(subject.Digest));
    }

    [Fact]
    public void Referrer_pushed_by_another_process_is_visible_at_once()
    {
        using var layout = new TestLayout();
        var subject = layout.PushImage("subject", "subject");
        var other = layout.OtherProcess();
        Assert.Empty(other.GetReferrers(subject.Digest));

        var referrer = layout.PushImage("referrer", null, subject);

        Assert.Equal([referrer.Digest], other.GetReferrers(subject.Digest).Select(d => d.Digest));
    }

    [Fact]
    public void Corrupt_manifest_is_reported_and_hides_no_other_content()
    {
        using var layout = new TestLayout();
        var subject = layout.PushImage("subject", "subject");
        var good = layout.PushImage("good", null, subject);
        var bad = layout.PushImage("bad", "bad", subject);
        layout.WriteFile(bad.Digest, Encoding.UTF8.GetBytes(new JsonObject().ToJsonString()));

        var store = layout.Reopen().Store;

        Assert.Equal([good.Digest], store.GetReferrers(subject.Digest).Select(d => d.Digest));
        Assert.Equal(OciErrorKind.DigestMismatch, Assert.Single(store.Walk(bad)).Problem?.Kind);
        layout.AssertWalks("subject");
    }

    [Fact]
    public void Manifest_with_a_wrong_size_in_its_entry_is_walked()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image");
        layout.WriteIndex((new Descriptor(image.MediaType, image.Digest, 1), "lie"));

        Assert.Equal(3, layout.Store.Walk(layout.Store.Resolve("lie")).Count());
        Assert.Empty(layout.Collect());
    }

    private static List<string> Sorted(params Descriptor[] descriptors) => [.. descriptors.Select(d => d.Digest.ToString()).Order(StringComparer.Ordinal)];
}
