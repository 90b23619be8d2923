using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using OciLayout.Tests.Artifacts;
using Xunit;

namespace OciLayout.Tests.Images;

/// <summary>Tests changes of the members and annotations of an index.</summary>
public sealed class IndexEditTests : IDisposable
{
    private readonly ImageLayout _images = new();
    private readonly Dictionary<string, Descriptor> _made = [];

    private OciStore Store => _images.Layout.Store;

    public void Dispose() => _images.Dispose();

    [Fact]
    public async Task Other_members_and_unknown_parts_stay_byte_for_byte()
    {
        Descriptor amd = Image("linux/amd64"), arm = Image("linux/arm64"), s390x = Image("linux/s390x");
        string before = $$"""
            {
              "x-first": [1.50, {"a" : null}],
              "schemaVersion": 2,
              "manifests": [
                { "mediaType": "{{amd.MediaType}}", "x-unknown": 1e3, "digest": "{{amd.Digest}}", "size": {{amd.Size}}, "platform": {"os": "linux", "architecture": "amd64"} },
                { "digest": "{{arm.Digest}}", "mediaType": "{{arm.MediaType}}", "size": {{arm.Size}}, "platform": {"os": "linux", "architecture": "arm64"} }
              ],
              "annotations": { "kept": "ü", "gone": "1" }
            }

            """;
        var index = _images.PushBlob(MediaTypes.ImageIndex, Encoding.UTF8.GetBytes(before));

        var edit = await Plan(index, new IndexChanges { Added = [new(s390x, null)], Removed = ["linux/arm64"], Annotations = [new("gone", null), new("new", "2")] });
        var result = Run(edit, "edited");

        string line = before.Split('\n').Single(l => l.Contains(arm.Digest.ToString(), StringComparison.Ordinal));
        string added = $"    {{\"mediaType\":\"{s390x.MediaType}\",\"digest\":\"{s390x.Digest}\",\"size\":{s390x.Size},\"platform\":{{\"architecture\":\"s390x\",\"os\":\"linux\"}}}}";
        string expected = before.Replace(line, added, StringComparison.Ordinal).Replace("\"kept\": \"ü\", \"gone\": \"1\"", "\"kept\": \"ü\", \"new\": \"2\"", StringComparison.Ordinal);
        Assert.Equal(expected, Encoding.UTF8.GetString(Store.GetManifest(result).Bytes.Span));
        Assert.Equal([arm.Digest], edit.Removed.Select(m => m.Digest));
        Assert.Equal([s390x.Digest], edit.Added.Select(m => m.Digest));
        Assert.Equal(result.Digest, Store.Resolve("edited").Digest);
    }

    [Theory]
    [InlineData("linux/arm64", "linux/arm64/v8")]
    [InlineData("linux/arm/v6", "linux/arm/v6")]
    [InlineData("linux/arm/*", "linux/arm/v6 linux/arm/v7")]
    [InlineData("*/arm*", "linux/arm64/v8 linux/arm/v6 linux/arm/v7")]
    [InlineData("linux/arm/v?", "linux/arm/v6 linux/arm/v7")]
    [InlineData("windows/amd64", "windows/amd64:10.0.1")]
    [InlineData("windows/amd64:10.0.1", "windows/amd64:10.0.1")]
    [InlineData("the-tag", "linux/amd64")]
    [InlineData("team/app:v1", "linux/amd64")]
    public async Task A_platform_a_pattern_or_a_tag_names_members_to_remove(string name, string expected)
    {
        var index = PushIndex("linux/amd64", "linux/arm64/v8", "linux/arm/v6", "linux/arm/v7", "windows/amd64:10.0.1");
        Store.Tag(Image("linux/amd64"), "the-tag");
        Store.Tag(Image("linux/amd64"), "team/app:v1");

        var edit = await Plan(index, new IndexChanges { Removed = [name] });

        Assert.Equal(expected, string.Join(' ', edit.Removed.Select(m => m.Platform)));
    }

    [Fact]
    public async Task A_platform_in_the_configuration_alone_names_a_member()
    {
        var index = _images.PushIndex(Image("linux/amd64"), Image("linux/arm64/v8"));
        Assert.Equal([Image("linux/arm64/v8").Digest], (await Plan(index, new IndexChanges { Removed = ["linux/arm64"] })).Removed.Select(m => m.Digest));
        Assert.Equal([Image("linux/arm64/v8").Digest], (await Plan(index, new IndexChanges { Removed = ["linux/arm64/v8"] })).Removed.Select(m => m.Digest));
    }

    [Fact]
    public async Task A_digest_or_its_beginning_names_members_to_remove()
    {
        var index = PushIndex("linux/amd64", "linux/arm64");
        string digest = Image("linux/arm64").Digest.ToString();

        Assert.Equal("linux/arm64", Assert.Single((await Plan(index, new IndexChanges { Removed = [digest] })).Removed).Platform!.ToString());
        Assert.Equal("linux/arm64", Assert.Single((await Plan(index, new IndexChanges { Removed = [digest[..14]] })).Removed).Platform!.ToString());
        Assert.Equal(OciErrorKind.NotFound, await KindOf(index, new IndexChanges { Removed = [digest[7..21]] }));
    }

    [Theory]
    [InlineData("linux/arm", OciErrorKind.AmbiguousReference)]
    [InlineData("linux/riscv64", OciErrorKind.NotFound)]
    [InlineData("linux/ARM64", OciErrorKind.NotFound)]
    [InlineData("other", OciErrorKind.NotFound)]
    [InlineData("nope", OciErrorKind.NotFound)]
    [InlineData("*", OciErrorKind.InvalidManifest)]
    [InlineData("", OciErrorKind.MissingReference)]
    public async Task A_name_that_is_not_a_member_and_the_removal_of_all_members_are_refused(string name, OciErrorKind kind)
    {
        var index = PushIndex("linux/amd64", "linux/arm/v6", "linux/arm/v7");
        Store.Tag(Image("linux/s390x"), "other");

        Assert.Equal(kind, await KindOf(index, new IndexChanges { Removed = [name] }));
    }

    [Fact]
    public async Task Attestations_are_removed_with_their_image()
    {
        Descriptor amd = Image("linux/amd64"), arm = Image("linux/arm64");
        var index = _images.PushIndex(WithPlatform(amd, "linux/amd64"), WithPlatform(arm, "linux/arm64"), Attestation(amd), Attestation(arm));

        var edit = await Plan(index, new IndexChanges { Removed = ["linux/arm64"] });

        Assert.Equal([arm.Digest, Attestation(arm).Digest], edit.Removed.Select(m => m.Digest));
    }

    [Fact]
    public async Task Adding_members_again_changes_nothing_and_writes_nothing()
    {
        var index = PushIndex("linux/amd64", "linux/arm64/v8");
        var entries = Store.GetEntries().Count;

        var edit = await Plan(index, new IndexChanges { Added = [new(Image("linux/arm64/v8"), null), new(index, null), new(Image("linux/amd64"), Platform.Parse("linux/amd64"))], Annotations = [new("none", null)] });

        Assert.False(edit.IsChanged);
        Assert.Equal(index.Digest, Run(edit).Digest);
        Assert.Equal(entries, Store.GetEntries().Count);
        Assert.Equal(index.Digest, Run(edit, "again").Digest);
        Assert.Equal(index.Digest, Store.Resolve("again").Digest);
    }

    [Fact]
    public async Task Members_of_an_added_index_are_added_and_a_second_image_of_a_platform_is_refused()
    {
        var index = PushIndex("linux/amd64");
        var other = PushIndex("linux/arm64", "linux/s390x");

        var edit = await Plan(index, new IndexChanges { Added = [new(other, null)] });

        Assert.Equal(["linux/arm64", "linux/s390x"], edit.Added.Select(m => m.Platform!.ToString()));
        var second = _images.Push("linux/amd64", null, Layer("second"));
        Assert.Equal(OciErrorKind.AlreadyExists, await KindOf(index, new IndexChanges { Added = [new(second, null)] }));
        Assert.Equal([second.Digest], (await Plan(index, new IndexChanges { Added = [new(second, null)], Removed = ["linux/amd64"] })).Added.Select(m => m.Digest));
        Assert.Equal(["linux/amd64/v2"], (await Plan(index, new IndexChanges { Added = [new(Image("linux/amd64"), Platform.Parse("linux/amd64/v2"))] })).Added.Select(m => m.Platform!.ToString()));
        Assert.Equal(OciErrorKind.InvalidManifest, await KindOf(index, new IndexChanges { Added = [new(other, Platform.Parse("linux/amd64"))] }));
        Assert.Equal(OciErrorKind.UnsupportedMediaType, await KindOf(Image("linux/amd64"), new IndexChanges()));
        Assert.Equal(OciErrorKind.UnsupportedMediaType, await KindOf(index, new IndexChanges { Added = [new(_images.PushBlob("text/plain", [1]), null)] }));
    }

    [Fact]
    public async Task A_Docker_list_stays_one_and_has_no_annotations()
    {
        var amd = WithPlatform(Image("linux/amd64"), "linux/amd64");
        var list = _images.PushBlob(MediaTypes.DockerManifestList, Sample.Bytes($"{{\"schemaVersion\":2,\"mediaType\":\"{MediaTypes.DockerManifestList}\",\"manifests\":[{Sample.Json(amd)}]}}"));

        var result = Run(await Plan(list, new IndexChanges { Added = [new(Image("linux/arm64"), null)] }));

        Assert.Equal(MediaTypes.DockerManifestList, result.MediaType);
        Assert.Equal(["linux/amd64", "linux/arm64"], Store.GetManifest(result).Manifests.Select(m => m.Platform!.ToString()));
        Assert.Equal(OciErrorKind.UnsupportedOperation, await KindOf(list, new IndexChanges { Annotations = [new("a", "b")] }));
    }

    private static ImageLayout.Layer Layer(string name) => new(new Archive().File(name).ToTar());

    private static Descriptor WithPlatform(Descriptor image, string platform) => new(image.MediaType, image.Digest, image.Size) { Platform = Platform.Parse(platform) };

    private static async Task<OciErrorKind> Kind(Task task) => (await Assert.ThrowsAsync<OciException>(() => task)).Kind;

    private Task<OciErrorKind> KindOf(Descriptor root, IndexChanges changes) => Kind(Plan(root, changes));

    private Task<OciIndexEdit> Plan(Descriptor root, IndexChanges changes) => OciIndexEdit.PlanAsync(Store, root, changes, TestContext.Current.CancellationToken);

    private Descriptor Run(OciIndexEdit edit, params string[] tags)
    {
        using var batch = Store.BeginBatch();
        var result = edit.Run(batch, tags, TestContext.Current.CancellationToken);
        batch.Commit(TestContext.Current.CancellationToken);
        return result;
    }

    // The times of files differ from call to call, so each image is made once.
    private Descriptor Image(string platform) => _made.TryGetValue(platform, out var image) ? image : _made[platform] = _images.Push(platform, null, Layer("a"));

    private Descriptor Attestation(Descriptor image)
    {
        var manifest = _images.PushBlob(MediaTypes.ImageManifest, Sample.Manifest("attestation " + image.Digest, _images.PushBlob("application/vnd.oci.image.config.v1+json", "{}"u8.ToArray())));
        return new Descriptor(manifest.MediaType, manifest.Digest, manifest.Size)
        {
            Platform = Platform.Parse("unknown/unknown"),
            Annotations = new Dictionary<string, string> { ["vnd.docker.reference.type"] = "attestation-manifest", ["vnd.docker.reference.digest"] = image.Digest.ToString() },
        };
    }

    private Descriptor PushIndex(params string[] platforms) => _images.PushIndex([.. platforms.Select(p => WithPlatform(Image(p), p))]);
}
