using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Transfer;

/// <summary>Tests image names in archives for <c>docker load</c>: Docker accepts them, they are unique, and only images have one.</summary>
public class DockerNameTests
{
    [Theory]
    [InlineData("v1", "localhost/layout:v1")]
    [InlineData("app:1", "app:1")]
    [InlineData("registry.example:5000/a/b_c/d--e:V1.x-y", "registry.example:5000/a/b_c/d--e:V1.x-y")]
    [InlineData("3.0.3+build.1", null)]
    [InlineData("Example.com/App:V2", null)]
    [InlineData("app:1+2", null)]
    [InlineData("registry.example/app", null)]
    [InlineData("a___b:1", null)]
    [InlineData("app@sha256:1", null)]
    [InlineData("-host.example/app:1", null)]
    public void Exported_names_are_valid_for_Docker_and_invalid_ones_are_reported(string tag, string? name)
    {
        using var layout = new TestLayout();
        layout.WriteIndex((layout.PushImage("other"), tag), (layout.PushImage("good"), "good"));

        var plan = layout.Reopen().Store.PlanExport(new ExportOptions { DockerCompatible = true });

        Assert.Equal([.. name is null ? [] : new[] { name }, "localhost/layout:good"], plan.DockerNames);
        Assert.Equal(name is null ? [tag] : [], plan.OmittedNames);
    }

    [Fact]
    public void Tags_without_a_repository_get_the_given_repository()
    {
        using var layout = new TestLayout();
        layout.PushImage("x", "v1");

        Assert.Equal(["registry.example/app:v1"], layout.Store.PlanExport(new ExportOptions { DockerCompatible = true, RepositoryName = "registry.example/app" }).DockerNames);
        layout.AssertRefused(OciErrorKind.InvalidReference, () => layout.Store.PlanExport(new ExportOptions { DockerCompatible = true, RepositoryName = "App" }));
    }

    [Fact]
    public void Image_whose_tag_equals_the_name_gets_the_name()
    {
        using var layout = new TestLayout();
        var (one, two, three) = (layout.PushImage("one"), layout.PushImage("two"), layout.PushImage("three"));
        layout.WriteIndex([Named(one, "example.com/app:1", null), Named(two, "old", "example.com/app:1"), Named(three, "x", "example.com/b:1"), Named(one, "x", "example.com/c:1")]);

        var plan = layout.Reopen().Store.PlanExport(new ExportOptions { DockerCompatible = true });

        Assert.Equal(["example.com/app:1", "example.com/c:1", "example.com/b:1"], plan.DockerNames);
        Assert.Equal(["old"], plan.OmittedNames);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Attestations_are_not_images(bool annotated, bool sparse)
    {
        using var layout = new TestLayout();
        var statement = layout.PushBlob("statement", "application/vnd.in-toto+json");
        var attestation = layout.PushManifest(TestDocument.Image(layout.PushBlob("{\"os\":\"unknown\"}", TestLayout.ConfigType), [annotated ? layout.PushBlob("other") : statement]));
        var (amd, arm) = (layout.PushImage("amd"), layout.PushImage("arm"));
        var marked = new Descriptor(attestation.MediaType, attestation.Digest, attestation.Size)
        {
            Annotations = annotated ? new Dictionary<string, string> { ["vnd.docker.reference.type"] = "attestation-manifest" } : Descriptor.NoAnnotations,
        };
        layout.PushIndex("v1", sparse ? [amd, marked, arm] : [marked, amd, arm]);
        if (sparse) File.Delete(layout.PathOf(amd.Digest));
        using var temporary = new TemporaryDirectory();

        var store = layout.Reopen().Store;
        store.Export(store.PlanExport(new ExportOptions { DockerCompatible = true, References = ["v1"] }), temporary["a.tar"]);

        var image = Assert.Single(Images(temporary["a.tar"]));
        Assert.Equal("blobs/sha256/" + layout.Store.GetManifest(sparse ? arm : amd is var chosen && !sparse ? chosen : arm).Config!.Digest.Encoded, (string)image!["Config"]!);
    }

    private static JsonObject Named(Descriptor image, string tag, string? name)
    {
        var entry = TestLayout.Entry(image, tag);
        if (name is not null) entry["annotations"]![AnnotationKeys.ContainerdImageName] = name;
        return entry;
    }

    private static JsonArray Images(string archive)
    {
        using var tar = new System.Formats.Tar.TarReader(File.OpenRead(archive));
        while (tar.GetNextEntry(copyData: true) is { } entry)
        {
            if (entry.Name == "manifest.json") return JsonNode.Parse(entry.DataStream!)!.AsArray();
        }

        return [];
    }
}
