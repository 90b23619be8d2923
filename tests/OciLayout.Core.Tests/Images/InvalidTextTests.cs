using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace OciLayout.Tests.Images;

/// <summary>Tests that text with half of a surrogate pair, which UTF-8 cannot hold, is refused before anything is written.</summary>
public sealed class InvalidTextTests : IDisposable
{
    private const string Half = "x\ud83d";

    private readonly ImageLayout _images = new();

    public void Dispose() => _images.Dispose();

    public static TheoryData<string> Settings => [.. AllSettings.Keys];

    private static Dictionary<string, ImageSettings> AllSettings { get; } = new()
    {
        ["entry point"] = new() { Entrypoint = ["a", Half] },
        ["command"] = new() { Command = [Half] },
        ["user"] = new() { User = Half },
        ["working directory"] = new() { WorkingDirectory = "/" + Half },
        ["author"] = new() { Author = Half },
        ["label"] = new() { Labels = [new(Half, "v")] },
        ["label 'a'"] = new() { Labels = [new("a", Half)] },
        ["environment variable 'A'"] = new() { Environment = [new("A", Half)] },
        ["annotation"] = new() { Annotations = [new(Half, null)] },
        ["annotation 'a'"] = new() { Annotations = [new("a", Half)] },
        ["directory of the layer"] = new() { Layers = [new LayerSource(Path.GetTempPath()) { Target = "/" + Half }] },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task A_setting_of_an_image_is_refused(string setting)
    {
        var root = _images.Push("linux/amd64");
        using var batch = _images.Layout.Store.BeginBatch();

        AssertRefused(setting, await Assert.ThrowsAsync<OciException>(() => OciImageEdit.PlanAsync(_images.Layout.Store, root, AllSettings[setting], null, TestContext.Current.CancellationToken)));
        AssertRefused(setting, Assert.Throws<OciException>(() => new OciImageBuilder(batch).Build(null, AllSettings[setting], Platform.Parse("linux/amd64"), cancellationToken: TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task An_annotation_is_refused()
    {
        var store = _images.Layout.Store;
        var image = _images.Push("linux/amd64");
        var index = _images.PushIndex(image);
        var annotations = new Dictionary<string, string> { ["a"] = Half };
        using var batch = store.BeginBatch();
        var before = store.GetEntries().Count;

        AssertRefused("annotation 'a'", await Assert.ThrowsAsync<OciException>(() => OciIndexEdit.PlanAsync(store, index, new IndexChanges { Annotations = [new("a", Half)] }, TestContext.Current.CancellationToken)));
        AssertRefused("annotation 'a'", Assert.Throws<OciException>(() => new OciIndexBuilder(store).ToBytes(annotations)));
        AssertRefused("annotation 'a'", Assert.Throws<OciException>(() => new OciArtifactBuilder(batch).Build(new ArtifactOptions { ArtifactType = "a/b", Annotations = annotations }, TestContext.Current.CancellationToken)));
        AssertRefused("annotation 'a'", Assert.Throws<OciException>(() => store.Push(new PushRequest { Annotations = annotations }, new MemoryStream([1]))));
        AssertRefused("annotation 'a'", Assert.Throws<OciException>(() => batch.Push(new PushRequest { Annotations = annotations }, new MemoryStream([1]), TestContext.Current.CancellationToken)));
        AssertRefused("annotation 'a'", Assert.Throws<OciException>(() => store.Tag(image.WithAnnotations(annotations), "v1", TestContext.Current.CancellationToken)));
        batch.Commit(TestContext.Current.CancellationToken);
        Assert.Equal(before, store.GetEntries().Count);
        Assert.Equal([], store.GetTags());
    }

    [Fact]
    public void A_name_may_occur_twice() => // the names of a dictionary cannot
        ImageSettingsCheckPasses([new("a", "1"), new("a", null)]);

    [Fact]
    public void A_platform_is_refused() => Assert.Throws<FormatException>(() => Platform.Parse("linux/" + Half));

    [Fact]
    public async Task Whole_pairs_are_written()
    {
        var edit = await OciImageEdit.PlanAsync(_images.Layout.Store, _images.Push("linux/amd64"), new ImageSettings { Labels = [new("\ud83d\ude00", "\ud83d\ude00")] }, null, TestContext.Current.CancellationToken);
        using var batch = _images.Layout.Store.BeginBatch();
        var result = edit.Run(batch, cancellationToken: TestContext.Current.CancellationToken);
        batch.Commit(TestContext.Current.CancellationToken);
        Assert.Equal("\ud83d\ude00", (await OciImage.ReadAsync(_images.Layout.Store, result, TestContext.Current.CancellationToken)).Config.Labels["\ud83d\ude00"]);
    }

    private static void ImageSettingsCheckPasses(IReadOnlyList<KeyValuePair<string, string?>> annotations) =>
        OciLayout.Images.ImageSettingsCheck.CheckAnnotations(annotations);

    private static void AssertRefused(string setting, OciException error)
    {
        Assert.Equal(OciErrorKind.InvalidManifest, error.Kind);
        Assert.StartsWith($"The {setting} cannot be written: 'x\\uD83D' has half".Replace("'x", setting is "working directory" or "directory of the layer" ? "'/x" : "'x", StringComparison.Ordinal), error.Message, StringComparison.Ordinal);
    }
}
