using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Xunit;

namespace OciLayout.Tests.Store;

/// <summary>
/// Tests the shapes of manifests: oras, skopeo, regctl and umoci can open a store with any manifest that a push accepts. Refused shapes
/// that other tools wrote are still read, and verification reports them.
/// </summary>
public class AcceptedManifestTests
{
    private const string Image = MediaTypes.ImageManifest;
    private const string Index = MediaTypes.ImageIndex;
    private const string DockerImage = MediaTypes.DockerManifest;
    private const string DockerList = MediaTypes.DockerManifestList;
    private const string Artifact = MediaTypes.ArtifactManifest;
    private const string Digest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    private const string Empty = "\"mediaType\":\"application/vnd.oci.empty.v1+json\",\"digest\":\"" + Digest + "\",\"size\":2";

    // "@" is the empty descriptor, "#" stands for its members. Each text is preceded by the members that its media type requires.
    public static TheoryData<string, string> UnreadableStream => new()
    {
        { Image, """ "annotations":{"build":7} """ },
        { Image, """ "annotations":{"build":true} """ },
        { Image, """ "annotations":{"build":null} """ },
        { Image, """ "annotations":{"build":["7"]} """ },
        { Image, """ "annotations":{"build":{}} """ },
        { Image, """ "annotations":{"a":"1","a":"2"} """ },
        { Image, """ "annotations":{"a":"1","\u0061":"2"} """ },
        { Image, """ "annotations":[] """ },
        { Image, """ "annotations":"x" """ },
        { Image, """ "Annotations":{"build":7} """ },
        { Image, """ "subject":{#,"annotations":{"build":7}} """ },
        { Image, """ "subject":{#,"annotations":{"a":"1","a":"2"}} """ },
        { Image, """ "subject":{#,"data":"!"} """ },
        { Image, """ "subject":{#,"data":"e30"} """ },
        { Image, """ "subject":{#,"data":"e3 0="} """ },
        { Image, """ "subject":{#,"data":7} """ },
        { Image, """ "subject":{#,"data":{}} """ },
        { Image, """ "subject":{#,"data":"W10="} """ },
        { Image, """ "subject":{#,"data":"e30K"} """ },
        { Image, """ "subject":{#,"data":""} """ },
        { Image, """ "subject":{#,"size":2} """ },
        { Image, """ "subject":{#,"Size":"2"} """ },
        { Image, """ "subject":{#,"MediaType":"a/b"} """ },
        { Image, """ "subject":{#,"urls":"x"} """ },
        { Image, """ "subject":{#,"urls":[7]} """ },
        { Image, """ "subject":{#,"artifactType":7} """ },
        { Image, """ "subject":{#,"artifactType":"no type"} """ },
        { Image, """ "subject":{#,"platform":"linux"} """ },
        { Image, """ "subject":{#,"platform":{"os":7}} """ },
        { Image, """ "subject":{#,"platform":{"os.features":"x"}} """ },
        { Image, """ "subject":{#,"platform":{"os":"linux","OS":"windows"}} """ },
        { Image, """ "subject":{"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2} """ },
        { Image, """ "subject":{"mediaType":"","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2} """ },
        { Image, """ "subject":{"mediaType":"no type","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2} """ },
        { Image, """ "subject":{"mediaType":"a/b/c","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2} """ },
        { Image, """ "subject":{"mediaType":"a/b","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2.0} """ },
        { Image, """ "subject":{"mediaType":"a/b","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2e0} """ },
        { Image, """ "subject":[] """ },
        { Image, """ "subject":"x" """ },
        { Image, """ "artifactType":"x" """ },
        { Image, """ "artifactType":7 """ },
        { Image, """ "manifests":[] """ },
        { Image, """ "fsLayers":[] """ },
        { Image, """ "history":[] """ },
        { Image, """ "SchemaVersion":2 """ },
        { Image, """ "\u017fubject":@ """ },
        { Image, """ "Layers":[] """ },
        { Index, """ "annotations":{"build":7} """ },
        { Index, """ "subject":7 """ },
        { Index, """ "layers":[] """ },
        { Index, """ "config":@ """ },
        { Index, """ "history":[] """ },
        { Index, """ "Manifests":[] """ },
        { DockerImage, """ "subject":"x" """ },
        { DockerImage, """ "subject":[] """ },
        { DockerImage, """ "subject":{} """ },
        { DockerImage, """ "annotations":{"build":7} """ },
        { DockerImage, """ "manifests":[] """ },
        { DockerImage, """ "history":[] """ },
        { DockerList, """ "subject":7 """ },
        { DockerList, """ "annotations":{"build":7} """ },
        { DockerList, """ "layers":[] """ },
        { Artifact, """ "annotations":{"build":7} """ },
        { Artifact, """ "config":@ """ },
        { Artifact, """ "layers":[] """ },
    };

    public static TheoryData<string, string> Readable => new()
    {
        { Image, """ "annotations":{} """ },
        { Image, """ "annotations":null """ },
        { Image, """ "annotations":{"":""} """ },
        { Image, """ "subject":null """ },
        { Image, """ "subject":{#,"data":"e30="} """ },
        { Image, """ "subject":{#,"data":"\u00653\u0030="} """ },
        { Image, """ "subject":{#,"data":null,"urls":null,"annotations":null,"platform":null,"artifactType":null} """ },
        { Image, """ "subject":{#,"platform":{"os":"linux","architecture":"arm64","os.features":["x"],"unknown":7}} """ },
        { Image, """ "subject":{#,"unknown":{"data":7}} """ },
        { Image, """ "artifactType":"application/vnd.acme" """ },
        { Image, """ "artifactType":"" """ },
        { Image, """ "manifests":null """ },
        { Image, """ "blobs":7 """ },
        { Image, """ "unknown":{"annotations":{"build":7}} """ },
        { Index, """ "subject":@ """ },
        { Index, """ "config":null,"layers":null """ },
        { DockerImage, """ "subject":@ """ },
        { DockerImage, """ "annotations":{"a":"b"} """ },
        { DockerList, """ "annotations":{"a":"b"} """ },
        { Artifact, """ "subject":@ """ },
    };

    public static TheoryData<string, string> UnreadableDocuments => new()
    {
        { Image, """{"schemaVersion":"2","layers":[]}""" },
        { Image, """{"schemaVersion":2.5,"layers":[]}""" },
        { Image, """{"schemaVersion":2.0,"layers":[]}""" },
        { Image, """{"schemaVersion":2e0,"layers":[]}""" },
        { Image, """{"schemaVersion":1,"layers":[]}""" },
        { Image, """{"schemaVersion":null,"layers":[]}""" },
        { Image, """{"schemaVersion":99999999999,"layers":[]}""" },
        { Image, """{"schemaVersion":[2],"layers":[]}""" },
        { Index, """{"schemaVersion":true,"manifests":[]}""" },
        { DockerImage, """{"schemaVersion":"2","layers":[]}""" },
        { DockerList, """{"schemaVersion":1,"manifests":[]}""" },
        { Image, "\uFEFF{\"schemaVersion\":2,\"layers\":[]}" },
        { Index, "\uFEFF{\"schemaVersion\":2,\"manifests\":[]}" },
        { Image, """{"schemaVersion":2,"layers":[{"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2}]}""" },
        { Image, """{"schemaVersion":2,"layers":[{#,"annotations":{"n":1}}]}""" },
        { Image, """{"schemaVersion":2,"layers":[],"config":{#,"annotations":{"n":1}}}""" },
        { Image, """{"schemaVersion":2,"layers":[],"config":{#,"data":"e31="}}""" },
        { Index, """{"schemaVersion":2,"manifests":[{#,"annotations":{"n":1}}]}""" },
        { DockerImage, """{"schemaVersion":2,"layers":[{#,"data":7}]}""" },
        { Artifact, """{"mediaType":"application/vnd.oci.artifact.manifest.v1+json","blobs":[{#,"annotations":{"n":1}}]}""" },
    };

    [Theory]
    [MemberData(nameof(UnreadableStream))]
    public void Manifest_unreadable_for_other_tools_is_refused_on_push(string mediaType, string member) => AssertRefused(mediaType, Document(mediaType, member));

    [Theory]
    [MemberData(nameof(UnreadableDocuments))]
    public void Documents_unreadable_for_other_tools_are_refused_on_push(string mediaType, string json) =>
        AssertRefused(mediaType, Encoding.UTF8.GetBytes(json.Replace("#", Empty, StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Readable))]
    public void Manifest_that_the_specification_allows_is_accepted(string mediaType, string member)
    {
        using var layout = new TestLayout();
        layout.PushBlob("{}", MediaTypes.Empty);
        layout.PushManifest(Document(mediaType, member), "it", mediaType);

        Assert.DoesNotContain(Verify(layout), f => f.Severity > FindingSeverity.Notice);
    }

    [Theory]
    [InlineData(Image, """{"schemaVersion":2,"layers":[],"config":{#},"annotations":{"n":1}}""")]
    [InlineData(Image, "\uFEFF{\"schemaVersion\":2,\"layers\":[],\"config\":{#}}")]
    [InlineData(Image, """{"schemaVersion":2.5,"layers":[],"config":{#}}""")]
    [InlineData(DockerImage, """{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","layers":[],"config":{#},"subject":7}""")]
    public void Invalid_manifests_of_other_tools_are_read_copied_and_reported(string mediaType, string json)
    {
        using var layout = new TestLayout();
        layout.PushBlob("{}", MediaTypes.Empty);
        var strange = layout.WriteBlob(Encoding.UTF8.GetBytes(json.Replace("#", Empty, StringComparison.Ordinal)), mediaType);
        layout.AddEntries(TestLayout.Entry(strange, "it"));
        using var other = new TestLayout();
        using var copy = new OciCopy(layout.Reopen().Store, other.Store);

        copy.Run(copy.Plan([new CopyRoot(layout.Store.Resolve("it"), "it")], cancellationToken: TestContext.Current.CancellationToken), cancellationToken: TestContext.Current.CancellationToken);

        other.AssertWalks("it");
        var finding = Assert.Single(Verify(other));
        Assert.Equal((FindingProblem.ManifestSchema, FindingSeverity.Warning, strange.Digest), (finding.Problem, finding.Severity, finding.Digest));
        Assert.Equal(["it"], finding.Tags);
    }

    [Fact]
    public void A_blob_that_is_an_invalid_manifest_cannot_be_tagged()
    {
        using var layout = new TestLayout();
        layout.PushBlob("{}", MediaTypes.Empty);
        var blob = layout.PushBlob(Encoding.UTF8.GetString(Document(Image, "\"annotations\":{\"build\":7}")));

        var target = layout.Store.Resolve(blob.Digest.ToString(), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(Image, target.MediaType);
        layout.AssertRefused(OciErrorKind.InvalidManifest, () => layout.Store.Tag(target, "it"));
    }

    [Theory]
    [InlineData(Image, """{"schemaVersion":2,"layers":[]}""", "no config")]
    [InlineData(Image, """{}""", "no schemaVersion, config, layers")]
    [InlineData(Index, """{"schemaVersion":2}""", "no manifests")]
    public void Missing_members_that_tools_do_not_need_are_accepted_and_reported(string mediaType, string json, string expected)
    {
        using var layout = new TestLayout();
        layout.PushManifest(Encoding.UTF8.GetBytes(json), "it", mediaType);

        var finding = Assert.Single(Verify(layout));

        Assert.Equal((FindingProblem.ManifestSchema, FindingSeverity.Notice, expected), (finding.Problem, finding.Severity, finding.Actual));
    }

    private static void AssertRefused(string mediaType, byte[] document)
    {
        using var layout = new TestLayout();
        layout.PushImage("before", "before");

        var error = layout.AssertRefused(OciErrorKind.InvalidManifest, () => layout.PushManifest(document, null, mediaType));
        Assert.Equal(mediaType, error.Expected);
        layout.AssertRefused(OciErrorKind.InvalidManifest, () => layout.Store.Push(new Descriptor(mediaType, OciLayout.Digest.Compute(document), document.Length), new MemoryStream(document)));
    }

    private static byte[] Document(string mediaType, string member)
    {
        var head = mediaType == Artifact ? "" : "\"schemaVersion\":2,";
        var required = mediaType is Image or DockerImage ? "\"config\":@,\"layers\":[]," : mediaType is Index or DockerList ? "\"manifests\":[]," : "";
        var json = $"{{{head}\"mediaType\":\"{mediaType}\",{required}{member.Trim()}}}";
        return Encoding.UTF8.GetBytes(json.Replace("@", "{#}", StringComparison.Ordinal).Replace("#", Empty, StringComparison.Ordinal));
    }

    private static List<Finding> Verify(TestLayout layout)
    {
        var found = new List<Finding>();
        new OciVerification(layout.Path).Run(new Observer<Finding>(found.Add), cancellationToken: TestContext.Current.CancellationToken);
        return found;
    }
}
