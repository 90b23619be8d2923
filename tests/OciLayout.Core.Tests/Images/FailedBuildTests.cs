using System;
using System.Collections.Generic;
using System.IO;
using OciLayout.Testing;
using OciLayout.Tests.Artifacts;
using Xunit;

namespace OciLayout.Tests.Images;

/// <summary>Tests that an image that cannot be built or edited leaves nothing in the store.</summary>
public sealed class FailedBuildTests : IDisposable
{
    private readonly ImageLayout _images = new();
    private readonly TemporaryDirectory _place = new();
    private readonly Descriptor _image;
    private readonly List<string> _before;

    public FailedBuildTests()
    {
        File.WriteAllText(_place["good"], "good");
        Directory.CreateDirectory(_place["bad"]);
        File.WriteAllText(_place["bad/.wh.x"], "bad");
        _image = _images.Push("linux/amd64", layers: [new ImageLayout.Layer(new Archive().File("a").ToTar())]);
        _before = Sandbox.Snapshot(_images.Layout.Store.Path, ingest: false);
    }

    public void Dispose()
    {
        _images.Dispose();
        _place.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Layers_before_the_one_that_fails_are_discarded(bool isEdit)
    {
        using (var batch = _images.Layout.Store.BeginBatch())
        {
            Sandbox.Refused(OciErrorKind.UnsafePath, () => Write(batch, isEdit, "good", "bad"), ".wh.x");
            Assert.Empty(Uploads());
            batch.Commit();
        }

        Assert.Equal(_before, Sandbox.Snapshot(_images.Layout.Store.Path, ingest: false));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Commit_while_an_image_is_built_publishes_none_of_its_layers(bool isEdit)
    {
        using (var batch = _images.Layout.Store.BeginBatch())
        {
            var commits = 0;
            var progress = new Commits(() =>
            {
                if (commits++ > 0) batch.Commit(); // as the timer does; the first layer is staged
            });
            Sandbox.Refused(OciErrorKind.UnsafePath, () => Write(batch, isEdit, progress, "good", "good", "bad"));
            Assert.True(commits > 1);
        }

        Assert.Equal(_before, Sandbox.Snapshot(_images.Layout.Store.Path, ingest: false));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Failed_image_does_not_prevent_another_one(bool isEdit)
    {
        using (var batch = _images.Layout.Store.BeginBatch())
        {
            Sandbox.Refused(OciErrorKind.UnsafePath, () => Write(batch, isEdit, "good", "bad"));
            var image = Write(batch, isEdit, "good");
            batch.Commit();
            Assert.True(_images.Layout.Store.Exists(image.Digest));
        }

        Assert.Empty(Uploads());
    }

    private Descriptor Write(OciBatch batch, bool isEdit, params string[] names) => Write(batch, isEdit, null, names);

    private Descriptor Write(OciBatch batch, bool isEdit, IProgress<long>? progress, params string[] names)
    {
        var settings = new ImageSettings { Layers = Array.ConvertAll(names, n => new LayerSource(_place[n])) };
        return isEdit
            ? OciImageEdit.PlanAsync(_images.Layout.Store, _image, settings).GetAwaiter().GetResult().Run(batch, null, progress)
            : new OciImageBuilder(batch).Build(null, settings, Platform.Parse("linux/amd64"), null, progress);
    }

    private string[] Uploads() => Directory.GetFiles(Path.Combine(_images.Layout.Store.Path, "ingest"), "*.upload");

    private sealed class Commits(Action commit) : IProgress<long>
    {
        public void Report(long value) => commit();
    }
}
