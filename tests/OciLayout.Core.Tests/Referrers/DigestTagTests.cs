using System.IO;
using System.Linq;
using OciLayout.Testing;
using OciLayout.Tests.Transfer;
using Xunit;

namespace OciLayout.Tests.Referrers;

/// <summary>Tests manifests that cosign attaches by tags: sha256-&lt;hex&gt;.sig, .att and .sbom. They have no subject.</summary>
public class DigestTagTests
{
    private const string SignatureType = "application/vnd.dev.cosign.simplesigning.v1+json";

    private static readonly CopyOptions WithReferrers = new() { IncludeReferrers = true };

    [Fact]
    public void Signatures_of_all_copied_manifests_are_copied_with_their_tags()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var (amd64, arm64) = (source.PushImage("amd64"), source.PushImage("arm64"));
        var app = source.PushIndex("app", amd64, arm64);
        var signature = Attach(source, app, ".sig");
        var ofMember = Attach(source, arm64, ".att");
        var ofSignature = Attach(source, signature, ".sig");
        var ofSbom = Attach(source, source.PushImage("sbom", null, app, "application/spdx+json"), ".sbom");
        Attach(source, source.PushImage("other", "other"), ".sig");
        source.PushImage("an ordinary tag", "sha256-1234.sig");

        var result = Copying.Run(source.Store, target.Store, WithReferrers, "app");

        Assert.Equal(new[] { "app", Tag(app, ".sig"), Tag(arm64, ".att"), Tag(signature, ".sig"), Tag(source.Store.GetReferrers(app.Digest)[0], ".sbom") }.Order(), target.Tags);
        target.AssertOnly(app, signature, ofMember, ofSignature, ofSbom, source.Store.GetReferrers(app.Digest)[0]);
        Assert.Equal([app.Digest], result.Roots.Select(r => r.Digest));
        Assert.Equal(0, Copying.Run(source.Store, target.Store, WithReferrers, "app").CopiedCount);
    }

    [Fact]
    public void A_copy_without_referrers_leaves_signatures_out()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        Attach(source, source.PushImage("app", "app"), ".sig");

        Copying.Run(source.Store, target.Store, null, "app");

        Assert.Equal(["app"], target.Tags);
    }

    [Fact]
    public void A_new_signature_moves_the_tag_at_the_destination()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var app = source.PushImage("app", "app");
        Attach(source, app, ".sig");
        Copying.Run(source.Store, target.Store, WithReferrers, "app");
        var second = Attach(source, app, ".sig", "a second signature");

        Copying.Run(source.Store, target.Store, WithReferrers, "app");

        Assert.Equal(second.Digest, target.Store.Resolve(Tag(app, ".sig")).Digest);
    }

    [Fact]
    public void Signatures_are_listed_after_referrers_with_the_type_of_their_content()
    {
        using var layout = new TestLayout();
        var app = layout.PushImage("app", "app");
        var signature = Attach(layout, app, ".sig");
        var typed = layout.PushManifest(TestDocument.Image(layout.PushBlob("{}", TestLayout.ConfigType), [layout.PushBlob("x")], null, "application/x-own"), Tag(app, ".att"));
        var configured = layout.PushManifest(TestDocument.Image(layout.PushBlob("{}", "application/x-config"), [layout.PushBlob("x")]), Tag(app, ".sbom"));
        var referrer = layout.PushImage("sbom", null, app, "application/spdx+json");

        var found = layout.Store.GetReferrers(app.Digest);

        Assert.Equal([referrer.Digest, signature.Digest, typed.Digest, configured.Digest], found.Select(r => r.Digest));
        Assert.Equal(["application/spdx+json", SignatureType, "application/x-own", "application/x-config"], found.Select(r => r.ArtifactType));
        Assert.Equal([signature.Digest], layout.Store.GetReferrers(app.Digest, SignatureType).Select(r => r.Digest));
    }

    [Fact]
    public void A_tag_that_names_its_own_subject_or_missing_content_or_a_blob_attaches_nothing()
    {
        using var layout = new TestLayout();
        using var target = new TestLayout();
        var app = layout.PushImage("app", "app");
        layout.Store.Tag(app, Tag(app, ".sig"));
        layout.Store.Tag(layout.PushBlob("text", "text/plain"), Tag(app, ".att"));
        var missing = Attach(layout, app, ".sbom");
        File.Delete(layout.PathOf(missing.Digest));
        var store = layout.Reopen().Store;

        Assert.Empty(store.GetReferrers(app.Digest));
        Copying.Run(store, target.Store, WithReferrers, "app");
        Assert.Equal(["app"], target.Tags);
    }

    [Fact]
    public void A_manifest_with_a_subject_and_a_digest_tag_is_listed_once_and_keeps_its_tag()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var app = source.PushImage("app", "app");
        var signature = source.PushImage("signature", Tag(app, ".sig"), app, SignatureType);

        Copying.Run(source.Store, target.Store, WithReferrers, "app");

        Assert.Equal([signature.Digest], target.Store.GetReferrers(app.Digest).Select(r => r.Digest));
        Assert.Equal(["app", Tag(app, ".sig")], target.Tags);
    }

    [Fact]
    public void Signatures_are_exported_and_imported_with_their_tags()
    {
        using var layout = new TestLayout();
        var member = layout.PushImage("member");
        layout.PushIndex("app", member);
        var signature = Attach(layout, member, ".sig");
        Attach(layout, layout.PushImage("other", "other"), ".sig");
        using var temporary = new TemporaryDirectory();

        layout.Store.Export(layout.Store.PlanExport(new ExportOptions { IncludeReferrers = true, References = ["app"] }), temporary["a.tar"]);
        var target = OciStore.Create(temporary["copy"]);
        target.Import(temporary["a.tar"]);

        Assert.Equal(["app", Tag(member, ".sig")], target.GetTags().Select(t => t.Tag));
        Assert.Equal([signature.Digest], target.GetReferrers(member.Digest).Select(r => r.Digest));
    }

    [Fact]
    public void Signatures_are_deleted_with_their_subject_and_its_members()
    {
        using var layout = new TestLayout();
        var (amd64, arm64) = (layout.PushImage("amd64"), layout.PushImage("arm64"));
        var app = layout.PushIndex("app", amd64, arm64);
        var signature = Attach(layout, app, ".sig");
        var ofMember = Attach(layout, arm64, ".sig");
        var ofSignature = Attach(layout, signature, ".att");
        var other = layout.PushImage("other", "other");
        var ofOther = Attach(layout, other, ".sig");

        var plan = layout.Store.PlanDeletion("app");
        layout.Store.Delete(plan);

        Assert.Equal(new[] { "app", Tag(app, ".sig"), Tag(arm64, ".sig"), Tag(signature, ".att") }.Order(), plan.Tags);
        Assert.Equal(
            new[] { signature.Digest, ofMember.Digest, ofSignature.Digest }.Order(),
            plan.Items.Where(i => i.Reason == RemovalReason.Referrer).Select(i => i.Digest).Order());
        layout.AssertOnly(other, ofOther);
        Assert.Equal(new[] { "other", Tag(other, ".sig") }.Order(), layout.Tags);
    }

    [Fact]
    public void A_signature_with_another_tag_or_parent_stays_with_its_tag()
    {
        using var layout = new TestLayout();
        var app = layout.PushImage("app", "app");
        var signature = Attach(layout, app, ".sig");
        layout.Store.Tag(signature, "evidence");
        var attestation = Attach(layout, app, ".att");
        var archive = layout.PushIndex("archive", attestation);

        layout.Delete("app");

        layout.AssertOnly(signature, archive);
        Assert.Equal(new[] { "archive", "evidence", Tag(app, ".att"), Tag(app, ".sig") }.Order(), layout.Tags);
    }

    [Fact]
    public void A_signature_that_is_attached_to_another_manifest_stays()
    {
        using var layout = new TestLayout();
        var (one, two) = (layout.PushImage("one", "one"), layout.PushImage("two", "two"));
        var signature = Attach(layout, one, ".sig");
        layout.Store.Tag(signature, Tag(two, ".sig"));

        layout.Delete("one");

        layout.AssertOnly(two, signature);
    }

    [Fact]
    public void A_signature_is_deleted_alone_and_without_cascade_it_stays()
    {
        using var layout = new TestLayout();
        var app = layout.PushImage("app", "app");
        var signature = Attach(layout, app, ".sig");

        layout.Delete(Tag(app, ".sig"));
        layout.AssertOnly(app);
        Attach(layout, app, ".sig");
        layout.Delete("app", cascade: false);

        layout.AssertStored(signature);
        Assert.Equal([Tag(app, ".sig")], layout.Tags);
    }

    private static string Tag(Descriptor subject, string suffix) => TestLayout.FallbackTag(subject.Digest) + suffix;

    private static Descriptor Attach(TestLayout layout, Descriptor subject, string suffix, string payload = "signature") =>
        layout.PushManifest(
            TestDocument.Image(layout.PushBlob("{}", TestLayout.ConfigType), [layout.PushBlob($"{payload} of {subject.Digest}{suffix}", SignatureType)]), Tag(subject, suffix));
}
