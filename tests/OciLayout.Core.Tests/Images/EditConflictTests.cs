using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace OciLayout.Tests.Images;

/// <summary>Tests that an edit does not undo what another process did with the tag since the edited content was read.</summary>
public sealed class EditConflictTests : IDisposable
{
    private readonly ImageLayout _images = new();

    private OciStore Store => _images.Layout.Store;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _images.Dispose();

    [Fact]
    public async Task One_of_two_edits_of_an_index_fails()
    {
        var root = Tagged(_images.PushIndex(_images.Push("linux/amd64")));
        var other = _images.Layout.OtherProcess();
        OciIndexEdit first = await PlanIndex(Store, root, "a"), second = await PlanIndex(other, root, "b");

        var kept = Commit(Store, b => first.Run(b, ["app"], Cancellation));
        var error = Assert.Throws<OciException>(() => Commit(other, b => second.Run(b, ["app"], Cancellation)));

        Assert.Equal((OciErrorKind.TagMoved, "app", root.Digest.ToString(), kept.Digest.ToString()), (error.Kind, error.Subject, error.Expected, error.Actual));
        Assert.Equal(["a"], Store.GetManifest(_images.Layout.OtherProcess().Resolve("app")).Annotations.Keys);
    }

    [Fact]
    public async Task One_of_two_edits_of_an_image_fails()
    {
        var root = Tagged(_images.Push("linux/amd64"));
        var other = _images.Layout.OtherProcess();
        OciImageEdit first = await PlanImage(Store, root, "a"), second = await PlanImage(other, root, "b");

        Commit(Store, b => first.Run(b, ["app"], cancellationToken: Cancellation));
        Assert.Equal(OciErrorKind.TagMoved, Assert.Throws<OciException>(() => Commit(other, b => second.Run(b, ["app"], cancellationToken: Cancellation))).Kind);
        Assert.Equal(["a"], (await OciImage.SelectAsync(Store, Store.Resolve("app"), null, Cancellation)).Config.Labels.Keys);
    }

    [Fact]
    public async Task A_tag_that_was_moved_deleted_or_renamed_meanwhile_is_not_set()
    {
        var root = Tagged(_images.PushIndex(_images.Push("linux/amd64")));
        var elsewhere = _images.Push("linux/arm64");
        foreach (var change in (Action<OciStore>[])[s => s.Tag(elsewhere, "app"), s => s.Untag("app"), s => Commit(s, b => { b.RenameTag("app", "app2"); return root; })])
        {
            Store.Tag(root, "app", Cancellation);
            var edit = await PlanIndex(Store, root, "a");
            change(_images.Layout.OtherProcess());
            var tags = _images.Layout.OtherProcess().GetTags().Select(t => (t.Tag, t.Descriptor?.Digest)).ToList();

            Assert.Equal(OciErrorKind.TagMoved, Assert.Throws<OciException>(() => Commit(Store, b => edit.Run(b, ["app"], Cancellation))).Kind);
            Assert.Equal(tags, _images.Layout.OtherProcess().GetTags().Select(t => (t.Tag, t.Descriptor?.Digest)));
        }
    }

    [Fact]
    public async Task The_same_result_and_other_tags_are_not_conflicts()
    {
        var root = Tagged(_images.PushIndex(_images.Push("linux/amd64")));
        var other = _images.Layout.OtherProcess();
        OciIndexEdit first = await PlanIndex(Store, root, "a"), same = await PlanIndex(other, root, "a"), copy = await PlanIndex(other, root, "b");

        var result = Commit(Store, b => first.Run(b, ["app"], Cancellation));
        Assert.Equal(result.Digest, Commit(other, b => same.Run(b, ["app"], Cancellation)).Digest);
        Commit(other, b => copy.Run(b, ["copy"], Cancellation));
        Assert.Equal(result.Digest, Store.Resolve("app").Digest);

        // Edits of one batch continue each other.
        using var batch = Store.BeginBatch();
        var once = (await PlanIndex(Store, result, "c")).Run(batch, ["app"], Cancellation);
        var twice = (await PlanIndex(Store, once, "d")).Run(batch, ["app"], Cancellation);
        batch.Commit(Cancellation);
        Assert.Equal(twice.Digest, _images.Layout.OtherProcess().Resolve("app").Digest);
    }

    private Descriptor Tagged(Descriptor content)
    {
        Store.Tag(content, "app", Cancellation);
        return content;
    }

    private static async Task<OciIndexEdit> PlanIndex(OciStore store, Descriptor root, string name)
    {
        var edit = await OciIndexEdit.PlanAsync(store, root, new IndexChanges { Annotations = [new(name, "1")] }, Cancellation);
        edit.Tag = "app";
        return edit;
    }

    private static async Task<OciImageEdit> PlanImage(OciStore store, Descriptor root, string name)
    {
        var edit = await OciImageEdit.PlanAsync(store, root, new ImageSettings { Labels = [new(name, "1")] }, null, Cancellation);
        edit.Tag = "app";
        return edit;
    }

    private static Descriptor Commit(OciStore store, Func<OciBatch, Descriptor> change)
    {
        using var batch = store.BeginBatch();
        var result = change(batch);
        batch.Commit(Cancellation);
        return result;
    }
}
