using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Xunit;

namespace OciLayout.Tests.Graph;

/// <summary>
/// Tests that a long-lived store object, which caches the graph, answers as a store object that was just opened, whatever changes the
/// store.
/// </summary>
public class LongLivedGraphTests
{
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Cached_graph_answers_as_a_new_store_object_does(int seed)
    {
        using var layout = new TestLayout();
        var run = new Run(layout, new Random(seed));
        for (var step = 0; step < 30; step++)
        {
            run.Step();
            foreach (var store in run.Stores) Assert.Equal(run.Ask(layout.OtherProcess()), run.Ask(store));
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 20)];

    [Fact]
    public void Manifest_deleted_from_the_disk_no_longer_protects_content()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("held", "held");
        var index = layout.PushIndex("index", image);
        layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Store.PlanDeletion("held"));

        File.Delete(layout.PathOf(index.Digest));

        Assert.Empty(layout.Store.GetPredecessors(image.Digest));
        Assert.Equal(3, layout.Delete("held").Count);
    }

    [Fact]
    public void Restored_manifest_protects_content_again()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("held", "held");
        var index = layout.PushIndex("index", image);
        var bytes = File.ReadAllBytes(layout.PathOf(index.Digest));
        Assert.Single(layout.Store.GetPredecessors(image.Digest));
        File.Delete(layout.PathOf(index.Digest));
        Assert.Empty(layout.Store.GetPredecessors(image.Digest));

        layout.WriteFile(index.Digest, bytes);

        Assert.Equal([index.Digest], layout.Store.GetPredecessors(image.Digest).Select(p => p.Digest));
        layout.AssertRefused(OciErrorKind.ContentReferenced, () => layout.Store.PlanDeletion("held"));
    }

    [Fact]
    public void Restored_child_is_part_of_the_graph()
    {
        using var layout = new TestLayout();
        var layer = layout.PushBlob("layer", TestLayout.LayerType);
        var document = TestDocument.Image(null, [layer]);
        var child = TestDocument.Describe(document, MediaTypes.ImageManifest);
        layout.PushIndex("index", child);
        Assert.Empty(layout.Store.GetPredecessors(layer.Digest));

        layout.WriteBlob(document, MediaTypes.ImageManifest);

        Assert.Equal([child.Digest], layout.Store.GetPredecessors(layer.Digest).Select(p => p.Digest));
    }

    [Fact]
    public void Answers_have_the_order_of_the_index()
    {
        using var layout = new TestLayout();
        var subject = layout.PushImage("subject", "subject");
        var referrers = Enumerable.Range(0, 12).Select(i => layout.PushImage("referrer " + i, null, subject)).ToList();
        Assert.Equal(referrers.Select(r => r.Digest), layout.Store.GetReferrers(subject.Digest).Select(r => r.Digest));

        layout.WriteIndex([(subject, "subject"), .. Enumerable.Reverse(referrers).Select(r => (r, (string?)null))]);

        Assert.Equal(Enumerable.Reverse(referrers).Select(r => r.Digest), layout.Store.GetReferrers(subject.Digest).Select(r => r.Digest));
    }

    [Fact]
    public void Repeated_deletion_does_not_grow_the_cache()
    {
        using var layout = new TestLayout();
        var image = layout.PushImage("stays", "stays");
        var other = layout.OtherProcess();
        for (var round = 0; round < 10; round++) ReplaceReferrers(round);

        // The manifests of the first round are no longer cached, so all of them are read again.
        var before = other.ManifestsRead;
        ReplaceReferrers(0);
        Assert.Equal(before + 1000, other.ManifestsRead);

        void ReplaceReferrers(int round)
        {
            var entries = new List<(Descriptor, string?)> { (image, "stays") };
            for (var i = 0; i < 1000; i++) entries.Add((layout.WriteBlob(TestDocument.Image(null, [], image, $"application/x-{round}-{i}"), MediaTypes.ImageManifest), null));
            layout.WriteIndex([.. entries]);
            Assert.Equal(1000, other.GetReferrers(image.Digest).Count);
            foreach (var (entry, _) in entries.Skip(1)) File.Delete(layout.PathOf(entry.Digest));
        }
    }

    /// <summary>Random changes of all kinds, by two long-lived store objects and by foreign tools that write the files directly.</summary>
    private sealed class Run
    {
        private readonly TestLayout _layout;
        private readonly Random _random;
        private readonly List<(Descriptor Descriptor, byte[] Bytes)> _manifests = [];
        private readonly List<(Descriptor Descriptor, byte[] Bytes)> _blobs = [];
        private readonly HashSet<Digest> _wellRead = [];

        public Run(TestLayout layout, Random random)
        {
            _layout = layout;
            _random = random;
            Stores = [layout.Store, layout.OtherProcess()];
            for (var i = 0; i < 4; i++) Add(_blobs, Encoding.UTF8.GetBytes("blob " + i), TestLayout.LayerType);
            for (var i = 0; i < 9; i++)
            {
                Descriptor? subject = i > 1 && random.Next(2) == 0 ? _manifests[random.Next(i)].Descriptor : null;
                if (i > 2 && random.Next(3) == 0) Add(_manifests, TestDocument.Index([.. Some(_manifests)], subject), MediaTypes.ImageIndex);
                else Add(_manifests, TestDocument.Image(_blobs[0].Descriptor, [.. Some(_blobs)], subject, "application/x-" + i), MediaTypes.ImageManifest);
            }

            // A list of referrers, as clients write it for registries without the referrers API.
            Add(_manifests, TestDocument.Index([.. Some(_manifests)]), MediaTypes.ImageIndex);
        }

        public IReadOnlyList<OciStore> Stores { get; }

        public void Step()
        {
            var store = Stores[_random.Next(Stores.Count)];
            var (manifest, bytes) = _manifests[_random.Next(_manifests.Count)];
            var tag = _random.Next(4) == 0 ? TestLayout.FallbackTag(manifest.Digest) : "t" + _random.Next(4);
            var what = _random.Next(12);
            try
            {
                switch (what)
                {
                    case < 3:
                        foreach (var blob in _blobs) store.Push(new PushRequest(), new MemoryStream(blob.Bytes));
                        store.Push(new PushRequest { MediaType = manifest.MediaType, AsManifest = true }, new MemoryStream(bytes));
                        _wellRead.Add(manifest.Digest);
                        break;
                    case < 5: store.Tag(tag[0] == 't' ? manifest : _manifests[^1].Descriptor, tag); break;
                    case 5: store.Untag(tag); break;
                    case 6: store.Delete(store.PlanDeletion(manifest.Digest.ToString(), new DeletionOptions { Force = _random.Next(2) == 0, Cascade = _random.Next(4) > 0 })); break;
                    case 7: store.Delete(store.PlanDeletion(tag)); break;
                    case 8: store.Collect(new GarbageOptions { Force = _random.Next(3) == 0, KeepUntagged = _random.Next(3) == 0 }); break;
                    case 9 when File.Exists(_layout.PathOf(manifest.Digest)): File.Delete(_layout.PathOf(manifest.Digest)); break;
                    case 9: break;
                    case 10: Write(manifest.Digest, bytes); break;
                    default: Rewrite(); break;
                }
            }
            catch (OciException)
            {
                // A refused change is a valid step.
            }
        }

        /// <summary>Returns the store's answers to all queries that depend on the graph.</summary>
        public List<string> Ask(OciStore store)
        {
            foreach (var longLived in Stores) longLived.State.Dispose(); // releases their claims: a store ignores its own claims and respects all others
            var answers = new List<string>();
            foreach (var (descriptor, _) in _manifests.Concat(_blobs))
            {
                answers.Add(Answer("predecessors", descriptor, () => store.GetPredecessors(descriptor.Digest).Select(Text)));
                answers.Add(Answer("referrers", descriptor, () => store.GetReferrers(descriptor.Digest).Select(Text)));
                answers.Add(Answer("type", descriptor, () => [store.Resolve(descriptor.Digest.ToString()).MediaType]));
                answers.Add(Answer("prefix", descriptor, () => [store.Resolve(descriptor.Digest.ToString().Substring(0, 30)).Digest.ToString()]));
                answers.Add(Answer("deletion", descriptor, () => Text(store.PlanDeletion(descriptor.Digest.ToString()))));
                answers.Add(Answer("forced", descriptor, () => Text(store.PlanDeletion(descriptor.Digest.ToString(), new DeletionOptions { Force = true }))));
            }

            foreach (var tag in store.GetTags().Select(t => t.Tag!).ToList()) answers.Add(Answer("deletion of " + tag, null, () => Text(store.PlanDeletion(tag))));
            answers.Add(Answer("garbage", null, () => Text(store.PlanGarbage())));
            answers.Add(Answer("forced garbage", null, () => Text(store.PlanGarbage(new GarbageOptions { Force = true }))));
            return answers;
        }

        private static string Answer(string question, Descriptor? about, Func<IEnumerable<string>> ask)
        {
            try
            {
                return $"{question} {about}: {string.Join(" ", ask().OrderBy(t => t, StringComparer.Ordinal))}";
            }
            catch (OciException e)
            {
                return $"{question} {about}: {e.Kind} {string.Join(" ", e.Related.OrderBy(t => t, StringComparer.Ordinal))}";
            }
        }

        private static string Text(Descriptor descriptor) => $"{descriptor.Digest}/{descriptor.MediaType}/{descriptor.Size}/{descriptor.ArtifactType}";

        private static IEnumerable<string> Text(DeletionPlan plan) => plan.Items.Select(i => $"{i.Digest}/{i.Reason}/{i.MediaType}").Concat(plan.Tags);

        private static IEnumerable<string> Text(GarbagePlan plan) => plan.Items.Where(i => !i.Digest.IsEmpty).Select(i => $"{i.Digest}/{i.MediaType}").Concat(plan.Entries.Select(e => "entry " + e.Digest)).Append(plan.KeptCount + " " + plan.KeptSize);

        // Writes corrupt content only for manifests that were never written correctly. The cache relies on verified content not changing.
        private void Write(Digest digest, byte[] bytes)
        {
            if (!_wellRead.Contains(digest) && _random.Next(2) == 0)
            {
                _layout.WriteFile(digest, [.. bytes.Reverse()]);
                return;
            }

            _wellRead.Add(digest);
            _layout.WriteFile(digest, bytes);
        }

        private void Rewrite()
        {
            var entries = new List<(Descriptor, string?)>();
            foreach (var (manifest, _) in _manifests)
            {
                if (_random.Next(3) > 0) entries.Add((manifest, _random.Next(3) switch { 0 => null, 1 => "t" + _random.Next(4), _ => "u" + entries.Count }));
            }

            if (_random.Next(2) == 0) entries.Reverse();
            _layout.WriteIndex([.. entries]);
        }

        private List<Descriptor> Some(List<(Descriptor Descriptor, byte[] Bytes)> of) => of.Where(_ => _random.Next(3) == 0).Select(o => o.Descriptor).ToList();

        private static void Add(List<(Descriptor Descriptor, byte[] Bytes)> to, byte[] bytes, string mediaType) => to.Add((TestDocument.Describe(bytes, mediaType), bytes));
    }
}
