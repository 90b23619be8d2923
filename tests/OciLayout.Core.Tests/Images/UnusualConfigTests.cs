using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Tests.Artifacts;
using Xunit;

namespace OciLayout.Tests.Images;

/// <summary>Tests that images with unusual configurations are read and changed, or refused without writing anything.</summary>
public sealed class UnusualConfigTests : IDisposable
{
    private static readonly ImageLayout.Layer[] Layers = [new(new Archive().File("a", "1").ToTar()), new(new Archive().File("b", "2").ToTar())];

    private readonly ImageLayout _images = new();

    private OciStore Store => _images.Layout.Store;

    public void Dispose() => _images.Dispose();

    [Theory]
    [InlineData("not JSON")]
    [InlineData("""{"architecture":"amd64","os":"linux"}""")]
    public void Configuration_that_cannot_be_read_is_refused_and_nothing_is_written(string config)
    {
        var image = _images.Push("linux/amd64", config, Layers);
        var before = Sandbox.Snapshot(_images.Layout.Path, ingest: false);

        Sandbox.Refused(OciErrorKind.InvalidManifest, () => Read(image));
        Sandbox.Refused(OciErrorKind.InvalidManifest, () => Edit(image, new ImageSettings { User = "me" }));
        Assert.Equal(before, Sandbox.Snapshot(_images.Layout.Path, ingest: false));
    }

    [Fact]
    public void Configuration_that_would_be_over_4_MiB_is_refused_and_nothing_is_written()
    {
        var image = Push("");
        var before = Sandbox.Snapshot(_images.Layout.Path, ingest: false);
        var settings = new ImageSettings { Labels = [new("a", new string('x', 4 << 20))] };

        Sandbox.Refused(OciErrorKind.SizeLimitExceeded, () => Edit(image, settings), "4,194,304 bytes");
        Sandbox.Refused(OciErrorKind.SizeLimitExceeded, () => Build(settings));
        Assert.Equal(before, Sandbox.Snapshot(_images.Layout.Path, ingest: false));
    }

    [Fact]
    public void Fewer_history_entries_than_layers_are_kept_as_they_are()
    {
        var image = Push(""","history":[{"created_by":"one"}]""");

        Assert.Equal(["/a", "/b"], new OciImageFiles(Read(image)).List().Select(f => f.Path).Order());
        var edited = Read(Edit(image, new ImageSettings { RemovedLayers = [Digest.Compute(Layers[0].Stored).ToString()] }));
        Assert.Equal(["one", "OciLayout: RemoveLayer"], edited.Config.History.Select(h => h.CreatedBy));
        Assert.Equal([Layers[1].DiffId], edited.Layers.Select(l => l.DiffId?.ToString()));
        Assert.Equal("/b", Assert.Single(new OciImageFiles(edited).List()).Path);
    }

    [Fact]
    public void Layers_are_not_changed_when_the_configuration_states_another_number()
    {
        var image = _images.Push("linux/amd64", $$$"""{"architecture":"amd64","os":"linux","rootfs":{"diff_ids":["{{{Layers[0].DiffId}}}"]}}""", Layers);
        Sandbox.Refused(OciErrorKind.InvalidManifest, () => Edit(image, new ImageSettings { RemovedLayers = [Digest.Compute(Layers[0].Stored).ToString()] }), "2 layers", "1 diff_ids");
        Assert.Equal("me", Read(Edit(image, new ImageSettings { User = "me" })).Config.User);
    }

    [Fact]
    public void Creation_time_that_is_not_a_date_survives_and_is_not_copied_to_the_history()
    {
        var edited = Read(Edit(Push(""","created":"yesterday" """), new ImageSettings { User = "me" })).Config;
        Assert.Null(edited.Created);
        Assert.Contains("\"created\":\"yesterday\"", edited.Json, StringComparison.Ordinal);
        Assert.DoesNotContain("created\":", Assert.Single(edited.Json.Split("\"history\":")[1..]), StringComparison.Ordinal);

        var set = Read(Edit(Push(""","created":"yesterday" """), new ImageSettings { Created = DateTimeOffset.UnixEpoch })).Config;
        Assert.Equal(DateTimeOffset.UnixEpoch, set.Created);
    }

    [Fact]
    public void Variable_without_an_equals_sign_is_replaced_and_removed_by_its_name()
    {
        var image = Push(""","config":{"Env":["BARE","A=1","A=2"]}""");
        Assert.Equal(["BARE=x", "A=1", "A=2"], Variables(new("BARE", "x")));
        Assert.Equal(["A=1", "A=2"], Variables(new("BARE", null)));
        Assert.Equal(["BARE", "A=3"], Variables(new("A", "3")));
        Assert.Equal(["BARE", "A=1", "A=2", "B="], Variables(new("B", "")));

        string[] Variables(KeyValuePair<string, string?> change) =>
            [.. Read(Edit(image, new ImageSettings { Environment = [change] })).Config.Environment.Select(e => e.Value is null ? e.Key : e.Key + "=" + e.Value)];
    }

    [Fact]
    public void Label_with_an_equals_sign_is_read_and_survives()
    {
        var image = Push(""","config":{"Labels":{"a=b":"1","c":"2"}}""");
        Assert.Equal("1", Read(image).Config.Labels["a=b"]);
        Assert.Equal(["a=b"], Read(Edit(image, new ImageSettings { Labels = [new("c", null)] })).Config.Labels.Keys);
        Sandbox.Refused(OciErrorKind.InvalidManifest, () => Edit(image, new ImageSettings { Labels = [new("a=b", "2")] }), "equals sign");
    }

    [Fact]
    public void Label_that_is_stated_twice_is_removed_completely()
    {
        var image = Push(""","config":{"Labels":{"c":"1","d":"1","c":"2"}}""");
        Assert.Equal(["d"], Read(Edit(image, new ImageSettings { Labels = [new("c", null)] })).Config.Labels.Keys);
    }

    // Makes an image with two layers and more members in its configuration.
    private Descriptor Push(string more) => _images.Push(
        "linux/amd64", $$$"""{"architecture":"amd64","os":"linux","rootfs":{"diff_ids":["{{{Layers[0].DiffId}}}","{{{Layers[1].DiffId}}}"]}{{{more}}}}""", Layers);

    private OciImage Read(Descriptor image) => OciImage.ReadAsync(Store, image).GetAwaiter().GetResult();

    private Descriptor Edit(Descriptor image, ImageSettings settings)
    {
        var edit = OciImageEdit.PlanAsync(Store, image, settings).GetAwaiter().GetResult();
        using var batch = Store.BeginBatch();
        var result = edit.Run(batch);
        batch.Commit(TestContext.Current.CancellationToken);
        return result;
    }

    private void Build(ImageSettings settings)
    {
        using var batch = Store.BeginBatch();
        new OciImageBuilder(batch).Build(null, settings, Platform.Parse("linux/amd64"));
    }
}
