using System;
using System.Linq;
using Xunit;

namespace OciLayout.Tests.Transfer;

/// <summary>Tests parsing, comparing, selecting and copying platforms.</summary>
public class CopyPlatformTests
{
    [Theory]
    [InlineData("linux/amd64", "linux/amd64", true)]
    [InlineData("linux/arm64/v8", "linux/arm64", true)]
    [InlineData("linux/arm64", "linux/arm64/v8", false)]
    [InlineData("linux/arm/v6", "linux/arm/v7", false)]
    [InlineData("windows/amd64:10.0.20348", "windows/amd64", true)]
    [InlineData("windows/amd64:10.0.20348", "windows/amd64:10.0.20348", true)]
    [InlineData("windows/amd64:10.0.20348", "windows/amd64:10.0.17763", false)]
    [InlineData("linux/amd64", "windows/amd64", false)]
    [InlineData("linux/amd64", "linux/AMD64", false)]
    public void Platform_matches_the_requested_platform(string there, string wanted, bool fits)
    {
        Assert.Equal(fits, Platform.Parse(there).Satisfies(Platform.Parse(wanted)));
        Assert.Equal(there, Platform.Parse(there).ToString());
    }

    [Fact]
    public void Requested_platform_features_are_required()
    {
        var there = new Platform("windows", "amd64") { OSFeatures = ["win32k", "more"] };
        Assert.True(there.Satisfies(new Platform("windows", "amd64") { OSFeatures = ["win32k"] }));
        Assert.False(there.Satisfies(new Platform("windows", "amd64") { OSFeatures = ["other"] }));
    }

    [Theory]
    [InlineData("linux")]
    [InlineData("linux/")]
    [InlineData("linux/amd64/v1/x")]
    [InlineData("linux/amd64:")]
    [InlineData("")]
    public void Invalid_platform_text_is_refused(string text) => Assert.Throws<FormatException>(() => Platform.Parse(text));

    [Fact]
    public void Only_the_image_of_the_requested_platform_is_copied_and_tagged()
    {
        using var source = new TestLayout();
        using var target = new TestLayout();
        var app = PushApp(source, out var arm64);

        var result = Copying.Run(source.Store, target.Store, new CopyOptions { Platform = Platform.Parse("linux/arm64") }, "app");

        Assert.Equal(arm64.Digest, result.Roots.Single().Digest);
        Assert.Equal(arm64.Digest, target.Store.Resolve("app").Digest);
        Assert.Equal("linux/arm64", target.Store.Resolve("app").Platform!.ToString());
        target.AssertOnly(arm64);
        Assert.NotEqual(app.Digest, arm64.Digest);
    }

    [Fact]
    public void Error_lists_the_available_platforms()
    {
        using var source = new TestLayout();
        var app = PushApp(source, out _);

        var error = Assert.Throws<OciException>(() => OciPlatforms.Select(source.Store, app, Platform.Parse("linux/s390x")));

        Assert.Equal(OciErrorKind.NotFound, error.Kind);
        Assert.Equal(["linux/amd64", "linux/arm64"], error.Related);
        Assert.Contains("linux/amd64, linux/arm64", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Platform_is_read_from_the_config_if_the_descriptor_has_none()
    {
        using var source = new TestLayout();
        var config = source.PushBlob("""{"os":"linux","architecture":"arm","variant":"v7","rootfs":{"type":"layers"}}""", TestLayout.ConfigType);
        var image = source.PushManifest(TestDocument.Image(config, []), "one");
        var empty = source.PushManifest(TestDocument.Image(source.PushBlob("", TestLayout.ConfigType), []), "empty");
        var index = source.PushIndex("index", empty, image);

        Assert.Equal("linux/arm/v7", OciPlatforms.GetPlatform(source.Store, image)!.ToString());
        Assert.Null(OciPlatforms.GetPlatform(source.Store, empty));
        Assert.Equal(image.Digest, OciPlatforms.Select(source.Store, index, Platform.Parse("linux/arm")).Digest);
        Assert.Equal(image.Digest, OciPlatforms.Select(source.Store, image, Platform.Parse("linux/arm/v7")).Digest);
    }

    [Fact]
    public void Index_is_made_of_images_and_of_the_members_of_an_index()
    {
        using var layout = new TestLayout();
        var app = PushApp(layout, out var arm64);
        var config = layout.PushBlob("""{"os":"windows","architecture":"amd64","os.version":"10.0.20348"}""", TestLayout.ConfigType);
        var windows = layout.PushManifest(TestDocument.Image(config, []));
        var builder = new OciIndexBuilder(layout.Store);
        builder.Add(app);
        builder.Add(windows);
        builder.Add(layout.PushImage("given"), Platform.Parse("linux/riscv64"));

        var index = layout.PushManifest(builder.ToBytes(new System.Collections.Generic.Dictionary<string, string> { ["a"] = "b" }), "all", MediaTypes.ImageIndex);

        Assert.Equal(
            ["linux/amd64", "linux/arm64", "windows/amd64:10.0.20348", "linux/riscv64"],
            layout.Store.GetManifest(index).Manifests.Select(m => m.Platform!.ToString()));
        Assert.Equal(windows.Digest, OciPlatforms.Select(layout.Store, index, Platform.Parse("windows/amd64")).Digest);
        Assert.Equal(OciErrorKind.AlreadyExists, Assert.Throws<OciException>(() => builder.Add(layout.PushImage("second"), Platform.Parse("linux/amd64"))).Kind);
        Assert.Equal(OciErrorKind.InvalidManifest, Assert.Throws<OciException>(() => builder.Add(layout.PushImage("without"))).Kind);
        builder.Add(arm64); // the builder already contains it
        Assert.Equal(4, builder.Count);
    }

    [Theory]
    [InlineData("linux/arm64", "v8", "linux/arm64/v8", true)]
    [InlineData("linux/arm64", "v8", "linux/arm64", true)]
    [InlineData("linux/arm64", "v8", "linux/arm64/v9", false)]
    [InlineData("linux/arm64", null, "linux/arm64/v8", false)]
    [InlineData("linux/arm64/v9", "v8", "linux/arm64/v8", false)]
    [InlineData("linux/amd64", "v8", "linux/arm64/v8", false)]
    public void Config_supplies_the_variant_that_an_index_does_not_state(string stated, string? variant, string wanted, bool isFound)
    {
        using var layout = new TestLayout();
        var config = layout.PushBlob($$"""{"os":"linux","architecture":"arm64"{{(variant is null ? "" : $$""","variant":"{{variant}}" """)}}}""", TestLayout.ConfigType);
        var image = layout.PushManifest(TestDocument.Image(config, []));
        var builder = new OciIndexBuilder(layout.Store);
        builder.Add(image, Platform.Parse(stated));
        var index = layout.PushManifest(builder.ToBytes(), "app", MediaTypes.ImageIndex);

        Assert.Equal(isFound ? image.Digest : default(Digest?), OciPlatforms.Find(layout.Store, index, Platform.Parse(wanted))?.Digest);
    }

    [Fact]
    public void Version_of_the_operating_system_comes_from_the_config()
    {
        using var layout = new TestLayout();
        var config = layout.PushBlob("""{"os":"windows","architecture":"amd64","os.version":"10.0.20348"}""", TestLayout.ConfigType);
        var image = layout.PushManifest(TestDocument.Image(config, []));
        var index = layout.PushIndex("app", new Descriptor(image.MediaType, image.Digest, image.Size) { Platform = Platform.Parse("windows/amd64") });

        Assert.Equal(image.Digest, OciPlatforms.Select(layout.Store, index, Platform.Parse("windows/amd64:10.0.20348")).Digest);
        Assert.Null(OciPlatforms.Find(layout.Store, index, Platform.Parse("windows/amd64:10.0.17763")));
    }

    [Fact]
    public void Member_of_an_index_has_the_artifact_type_that_its_manifest_states()
    {
        using var layout = new TestLayout();
        var stated = layout.PushImage("stated", artifactType: "application/x-stated").ToPlain();
        var nested = layout.PushImage("nested", artifactType: "application/x-nested").ToPlain();
        var typed = layout.PushManifest(TestDocument.Image(layout.PushBlob("config", "application/x-config"), [])).ToPlain();
        var image = layout.PushImage("image").ToPlain();
        var builder = new OciIndexBuilder(layout.Store);
        builder.Add(stated, Platform.Parse("linux/amd64"));
        builder.Add(layout.PushIndex("inner", nested));
        builder.Add(typed, Platform.Parse("linux/arm64"));
        builder.Add(image, Platform.Parse("linux/s390x"));

        var index = layout.PushManifest(builder.ToBytes(), "all", MediaTypes.ImageIndex);

        Assert.Equal(["application/x-stated", "application/x-nested", "application/x-config", null], layout.Store.GetManifest(index).Manifests.Select(m => m.ArtifactType));
    }

    private static Descriptor PushApp(TestLayout layout, out Descriptor arm64)
    {
        arm64 = Member(layout, "arm64");
        return layout.PushIndex("app", Member(layout, "amd64"), arm64);
    }

    private static Descriptor Member(TestLayout layout, string architecture)
    {
        var image = layout.PushImage(architecture);
        return new Descriptor(image.MediaType, image.Digest, image.Size) { Platform = new Platform("linux", architecture) };
    }
}
