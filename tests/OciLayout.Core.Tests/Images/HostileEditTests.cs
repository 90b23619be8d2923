using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Images;
using OciLayout.Testing;
using OciLayout.Tests.Archives;
using OciLayout.Tests.Artifacts;
using Xunit;

namespace OciLayout.Tests.Images;

/// <summary>Tests building and changing images from documents and archives that were made to break it.</summary>
public sealed class HostileEditTests : IDisposable
{
    private readonly ImageLayout _images = new();
    private readonly TemporaryDirectory _place = new();

    public void Dispose()
    {
        _images.Dispose();
        _place.Dispose();
    }

    [Fact]
    public async Task Indexes_that_are_nested_deeper_than_the_stack_are_changed()
    {
        var top = Image();
        for (var i = 0; i < 1000; i++) top = _images.PushIndex(top);
        Descriptor? changed = null;
        var thread = new Thread(() => changed = Edit(top, new ImageSettings { User = "app" }), maxStackSize: 256 * 1024);
        thread.Start();
        thread.Join();

        var image = await OciImage.SelectAsync(_images.Layout.Store, changed!);
        Assert.Equal("app", image.Config.User);
    }

    [Fact]
    public void Index_with_two_paths_to_each_of_its_members_is_read_once_when_nothing_changes()
    {
        // 2 to the power of 60 paths lead to the image.
        var top = Image();
        for (var i = 0; i < 60; i++) top = _images.PushIndex(top, top);
        Assert.Equal(top.Digest, Edit(top, new ImageSettings { User = "" }).Digest);
        Assert.NotEqual(top.Digest, Edit(top, new ImageSettings { User = "app" }).Digest);
    }

    [Fact]
    public async Task Members_keep_their_white_space_when_others_are_replaced_or_removed()
    {
        var (image, other) = (Image(), _images.PushBlob("text/plain", Sample.Bytes("other")));
        var attestation = $$$"""{"mediaType":"text/plain","digest":"{{{other.Digest}}}","size":5,"annotations":{"vnd.docker.reference.digest":"{{{image.Digest}}}"}}""";
        string Member(Descriptor d) => $$"""{"mediaType":"{{d.MediaType}}","digest":"{{d.Digest}}","size":{{d.Size}}}""";
        var text = $$"""{"schemaVersion":2,"manifests":[ {{attestation}} , {{Member(image)}},{{Member(other)}},  {{attestation}} ]}""";
        var changed = Edit(_images.PushBlob(MediaTypes.ImageIndex, Sample.Bytes(text)), new ImageSettings { User = "app" });

        var member = (await OciImage.ListAsync(_images.Layout.Store, changed)).Single(d => d.MediaType == MediaTypes.ImageManifest);
        using var stream = _images.Layout.Store.Fetch(changed);
        Assert.Equal($$"""{"schemaVersion":2,"manifests":[ {{Member(member)}},{{Member(other)}} ]}""", await new StreamReader(stream).ReadToEndAsync());
    }

    [Theory]
    [InlineData("""{"x":%}""")]
    [InlineData("""{"created":%}""")]
    public void Deep_member_of_a_configuration_does_not_stop_a_change(string step)
    {
        var deep = step.Replace("%", new string('[', 500) + new string(']', 500));
        var layer = new ImageLayout.Layer(new Archive().File("a").ToTar());
        var config = $$$"""{"architecture":"amd64","os":"linux","created":{{{deep}}},"config":{},"rootfs":{"type":"layers","diff_ids":["{{{layer.DiffId}}}"]},"history":[{{{deep}}}]}""";
        var image = _images.Push("linux/amd64", config, layer);

        var changed = Edit(image, new ImageSettings { RemovedLayers = [Read(image).Layers[0].Descriptor.Digest.ToString()] });
        Assert.Empty(Read(changed).Layers);
    }

    [Theory]
    [InlineData("""{"os":"linux","rootfs":{"diff_ids":[],"diff_ids":[]}}""")]
    [InlineData("""{"os":"linux","rootfs":{"diff_ids":[]},"rootfs":{"diff_ids":[]}}""")]
    [InlineData("""{"os":"linux","config":{"User":"root"},"config":{"User":"app"},"rootfs":{"diff_ids":[]}}""")]
    [InlineData("""{"os":"linux","config":{"User":"root","User":"app"},"rootfs":{"diff_ids":[]}}""")]
    [InlineData("""{"os":"linux","config":{"User":"root","uSER":"app"},"rootfs":{"diff_ids":[]}}""")]
    [InlineData("""{"os":"linux","rootfs":{"diff_ids":[]},"history":[{"empty_layer":true,"empty_layer":false}]}""")]
    public void Member_that_other_tools_read_in_another_way_is_refused(string config)
    {
        var image = _images.Push("linux/amd64", config);
        Sandbox.Refused(OciErrorKind.InvalidManifest, () => Read(image));
    }

    [Theory]
    [InlineData("../x", '0')]
    [InlineData("sparse", 'S')]
    [InlineData(".wh..", '0')]
    public void Archive_that_no_tool_can_unpack_does_not_become_a_layer(string name, char type)
    {
        var path = new ArchiveBuilder().Entry(name, type, 0).Save(_place["x.tar"]);
        Sandbox.Refused(OciErrorKind.InvalidArchive, () => Build(new LayerSource(path)), name);
    }

    [Fact]
    public void Archive_that_changes_while_it_is_read_does_not_become_a_layer()
    {
        var path = new ArchiveBuilder().File("a", "1").Save(_place["x.tar"]);
        Sandbox.Refused(OciErrorKind.DigestMismatch, () => NewLayer.Store(new LayerSource(path), null, Add, _ => { }, TestContext.Current.CancellationToken));

        Descriptor Add(PushRequest request, Stream content, Action<int> read)
        {
            new ArchiveBuilder().File("a", "2").Save(path);
            return _images.Layout.Store.Push(request, File.OpenRead(path)).Descriptor;
        }
    }

    [Fact]
    public void Directory_that_is_too_deep_or_too_long_for_other_tools_is_refused_as_a_target()
    {
        File.WriteAllText(_place["f"], "1");
        Sandbox.Refused(OciErrorKind.UnsafePath, () => Build(new LayerSource(_place["f"]) { Target = string.Join("/", Enumerable.Repeat("d", 300)) }), "256");
        Sandbox.Refused(OciErrorKind.UnsafePath, () => Build(new LayerSource(_place["f"]) { Target = string.Join("/", Enumerable.Repeat(new string('d', 200), 30)) }), "4096");
    }

    private Descriptor Image() => _images.Push("linux/amd64", layers: [new ImageLayout.Layer(new Archive().File("a").ToTar())]);

    private OciImage Read(Descriptor image) => OciImage.ReadAsync(_images.Layout.Store, image).GetAwaiter().GetResult();

    private Descriptor Edit(Descriptor root, ImageSettings settings)
    {
        using var batch = _images.Layout.Store.BeginBatch();
        var result = OciImageEdit.PlanAsync(_images.Layout.Store, root, settings).GetAwaiter().GetResult().Run(batch);
        batch.Commit();
        return result;
    }

    private void Build(LayerSource layer)
    {
        using var batch = _images.Layout.Store.BeginBatch();
        new OciImageBuilder(batch).Build(null, new ImageSettings { Layers = [layer] }, Platform.Parse("linux/amd64"));
        batch.Commit();
    }
}
