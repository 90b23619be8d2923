using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Text;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Graph;

/// <summary>
/// Tests that content named by documents of unknown types is kept, copied, exported and imported, and deleted only by force.
/// </summary>
public class UnknownDocumentTests
{
    private const string Oras = "application/vnd.cncf.oras.artifact.manifest.v1+json";
    private const string Schema1 = "application/vnd.docker.distribution.manifest.v1+prettyjws";

    /// <summary>Media types and documents that name one blob, each in a different way.</summary>
    public static TheoryData<string, string> Documents => new()
    {
        { Oras, """{"mediaType":"$type","artifactType":"signature/example","blobs":[{"mediaType":"application/octet-stream","digest":"$blob","size":9}]}""" },
        { Schema1, """{"schemaVersion":1,"name":"x","tag":"y","fsLayers":[{"blobSum":"$blob"}],"history":[{"v1Compatibility":"{}"}],"signatures":[]}""" },
        { "application/vnd.example.future.v9+json", """{"parts":{"$blob":{"kind":"model"}}}""" },
        { "application/vnd.example.future.v9+json", """{"deep":[[{"digest":"$blob"}]]}""" },
        { "application/vnd.example.future.v9+json", """["$blob"]""" },
        { MediaTypes.OctetStream, """{"digest":"$blob","size":9,"mediaType":"application/x","size":9}""" },
        { "", """{"schemaVersion":2,"x":{"digest":"not one"},"layers":{"a":"$blob"}}""" },
        { "application/vnd.example.lines", "{\"digest\":\"$blob\"}\n{\"a\":1}\n" },
    };

    [Theory]
    [MemberData(nameof(Documents))]
    public void Collection_keeps_content_referenced_by_a_listed_document(string type, string text)
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var (blob, document) = Write(layout, type, text);
        var garbage = layout.PushBlob("garbage");

        Assert.Equal([garbage.Digest], layout.Collect().Select(r => r.Digest));
        layout.AssertStored(blob, document);
        Assert.Empty(layout.Reopen().Collect());
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Deletion_of_content_referenced_by_a_listed_document_needs_force(string type, string text)
    {
        using var layout = new TestLayout();
        var (blob, document) = Write(layout, type, text);

        var error = layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete(blob.Digest.ToString()));
        Assert.Contains(document.Digest.ToString(), error.Related);

        layout.Delete(blob.Digest.ToString(), force: true);
        layout.AssertGone(blob);
        layout.AssertStored(document);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Copy_and_export_include_content_referenced_by_a_document(string type, string text)
    {
        using var layout = new TestLayout();
        var (blob, _) = Write(layout, type, text);
        using var target = new TestLayout();

        using (var copy = new OciCopy(layout.Store, target.Store)) copy.Run(copy.Plan([new CopyRoot(layout.Store.Resolve("document"), "document")]));
        target.AssertStored(blob);
        Assert.Empty(target.Collect());

        using var temporary = TemporaryDirectory.InMemory();
        var archive = temporary["a.tar"];
        layout.Store.Export(layout.Store.PlanExport(new ExportOptions { References = ["document"] }), archive);
        using var third = new TestLayout();
        third.Store.Import(archive);
        third.AssertStored(blob);
    }

    [Fact]
    public void Image_referenced_by_a_document_keeps_its_layers()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("image");
        var document = layout.WriteBlob(Encoding.UTF8.GetBytes($$"""{"subject":{"mediaType":"{{MediaTypes.ImageManifest}}","digest":"{{image.Digest}}","size":{{image.Size}} } }"""), Oras);
        layout.WriteIndex((document, "document"));

        Assert.Empty(layout.Collect());
        layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete(image.Digest.ToString()));
    }

    [Fact]
    public void Document_referenced_by_another_document_or_index_protects_its_content()
    {
        using var layout = new TestLayout();
        var (inner, outer) = (layout.PushBlob("inner blob"), layout.PushBlob("outer blob"));
        var nested = layout.WriteBlob(Encoding.UTF8.GetBytes($$"""{"blobs":[{"mediaType":"x/y","digest":"{{inner.Digest}}","size":1}]}"""), "application/vnd.example.a+json");
        var document = layout.WriteBlob(Encoding.UTF8.GetBytes($$"""{"more":[{"mediaType":"{{nested.MediaType}}","digest":"{{nested.Digest}}","size":{{nested.Size}}}]}"""), Oras);
        var member = layout.WriteBlob(Encoding.UTF8.GetBytes($$"""{"sum":"{{outer.Digest}}"}"""), "application/vnd.example.b+json");
        var index = layout.PushIndex("index", member);
        layout.AddEntries(TestLayout.Entry(document, "document"));

        Assert.Empty(layout.Collect());
        layout.AssertStored(inner, outer, nested, member, index);
        layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete(inner.Digest.ToString()));
        layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Delete(outer.Digest.ToString()));

        using var target = new TestLayout();
        using (var copy = new OciCopy(layout.Store, target.Store)) copy.Run(copy.Plan([new CopyRoot(index, "index"), new CopyRoot(layout.Store.Resolve("document"), "document")]));
        target.AssertStored(inner, outer, nested, member);
    }

    [Fact]
    public void Deletion_of_a_document_deletes_nothing_else_and_collection_deletes_the_rest()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var (blob, document) = Write(layout, Oras, """{"blobs":["$blob"]}""");

        Assert.Equal([document.Digest], layout.Delete("document").Select(r => r.Digest));
        Assert.Equal([blob.Digest], layout.Collect().Select(r => r.Digest));
    }

    [Fact]
    public void Damaged_document_stops_collection_and_archive()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var (blob, document) = Write(layout, Oras, """{"blobs":["$blob"]}""");
        layout.WriteFile(document.Digest, Encoding.UTF8.GetBytes("something else"));

        layout.AssertRefused(OciErrorKind.IncompleteGraph, () => layout.Collect());
        layout.AssertRefused(OciErrorKind.IncompleteGraph, () => layout.Delete("image"));
        Assert.Throws<OciException>(() => layout.Store.PlanExport(new ExportOptions { References = ["document"] }));
        layout.Collect(new GarbageOptions { Force = true });
        layout.AssertStored(document);
        layout.AssertGone(blob);
    }

    [Fact]
    public void Tagged_content_beyond_the_manifest_limit_is_not_read()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var large = layout.PushBlob("{\"x\":\"" + new string('x', 5 << 20) + "\"}", "application/vnd.example+json");
        layout.Store.Tag(large, "large");

        Assert.Empty(layout.Collect());
        layout.Delete("image");
        layout.AssertStored(large);
    }

    [Fact]
    public void Missing_content_referenced_by_a_document_is_reported_by_a_copy()
    {
        using var layout = new TestLayout();
        var absent = TestDocument.Describe("absent"u8.ToArray(), "application/x-signature");
        var document = layout.WriteBlob(Encoding.UTF8.GetBytes($$"""{"blobs":[{"mediaType":"application/x-signature","digest":"{{absent.Digest}}","size":6}]}"""), Oras);
        layout.WriteIndex((document, "document"));
        using var target = new TestLayout();

        using var copy = new OciCopy(layout.Store, target.Store);
        Assert.Equal([absent.Digest], copy.Plan([new CopyRoot(document, "document")]).Missing.Select(m => m.Digest));
        Assert.Equal([absent.Digest], layout.Store.PlanExport(new ExportOptions { References = ["document"] }).Absent);
    }

    [Fact]
    public void Content_referenced_by_a_document_is_not_an_orphan()
    {
        using var layout = new TestLayout();
        var (blob, document) = Write(layout, Oras, """{"blobs":["$blob"]}""");
        var garbage = layout.PushBlob("garbage");
        var findings = new ConcurrentQueue<Finding>();

        new OciVerification(layout.Path).Run(new Observer<Finding>(findings.Enqueue));

        Assert.Equal([garbage.Digest], findings.Where(f => f.Problem == FindingProblem.Unreferenced).Select(f => f.Digest));
        Assert.DoesNotContain(findings, f => f.Digest == blob.Digest || f.Digest == document.Digest);
    }

    [Fact]
    public void Tag_of_a_document_claims_its_references_until_the_save()
    {
        using var layout = new TestLayout();
        layout.PushImage("image", "image");
        var blob = layout.WriteBlob(Encoding.UTF8.GetBytes("signature"));
        var document = layout.WriteBlob(Encoding.UTF8.GetBytes($$"""{"blobs":["{{blob.Digest}}"]}"""), Oras);

        using var batch = layout.Store.BeginBatch();
        batch.Tag(document, "document");
        layout.OtherProcess().Collect();
        batch.Commit();

        layout.AssertStored(document, blob);
    }

    private static (Descriptor Blob, Descriptor Document) Write(TestLayout layout, string type, string text)
    {
        var blob = layout.PushBlob("signature");
        var bytes = Encoding.UTF8.GetBytes(text.Replace("$blob", blob.Digest.ToString(), StringComparison.Ordinal).Replace("$type", type, StringComparison.Ordinal));
        var document = layout.WriteBlob(bytes, type);
        layout.AddEntries(TestLayout.Entry(document, "document"));
        return (blob, document);
    }
}
