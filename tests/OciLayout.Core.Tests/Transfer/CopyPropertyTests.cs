using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Xunit;

namespace OciLayout.Tests.Transfer;

/// <summary>Tests on random graphs that a copy adds exactly the content that a walk finds, whatever the destination contains.</summary>
public class CopyPropertyTests
{
    [Fact]
    public void Copied_closure_equals_the_walk()
    {
        // A node is a blob (0), an index (1) or an image (2). It picks its pointers from the nodes before it. The first manifest that an
        // image picks is its subject.
        var node = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 100].Array[0, 4]);
        Gen.Select(node.Array[1, 10], Gen.Int[0, 100], Gen.Int[0, 100], Gen.Bool).Sample(
            (nodes, first, second, referrers) =>
            {
                using var source = new TestLayout();
                using var target = new TestLayout();
                var made = new List<Descriptor>();
                foreach (var (kind, picks) in nodes) made.Add(Push(source, kind, [.. picks.Where(_ => made.Count > 0).Select(p => made[p % made.Count])], made.Count));
                var (a, b) = (made[first % made.Count], made[second % made.Count]);
                var options = new CopyOptions { IncludeReferrers = referrers };

                Copy(source, target, options, new CopyRoot(a, "a"));
                Copy(source, target, options, new CopyRoot(b, "b"));
                Assert.Equal(0, Copy(source, target, options, new CopyRoot(a, "a"), new CopyRoot(b, "b")).CopiedCount);

                var expected = Closure(source, [a, b], referrers);
                Assert.Equal(expected.Order(), target.Files.Order());
                target.AssertWalks("a");
                target.AssertWalks("b");
                target.Collect();
                Assert.Equal(expected.Order(), target.Files.Order());
            },
            iter: 200);
    }

    private static Descriptor Push(TestLayout layout, int kind, Descriptor[] picks, int number)
    {
        var manifests = picks.Where(p => MediaTypes.IsManifest(p.MediaType)).ToArray();
        if (kind == 0) return layout.PushBlob("blob " + number, TestLayout.LayerType);
        if (kind == 1) return layout.PushManifest(TestDocument.Index(manifests, null, "application/x-" + number), null, MediaTypes.ImageIndex);
        var config = layout.PushBlob("config " + number);
        return layout.PushManifest(TestDocument.Image(config, picks.Where(p => !MediaTypes.IsManifest(p.MediaType)), manifests.FirstOrDefault()));
    }

    private static CopyResult Copy(TestLayout source, TestLayout target, CopyOptions options, params CopyRoot[] roots)
    {
        using var copy = new OciCopy(source.Store, target.Store, options);
        return copy.Run(copy.Plan(roots));
    }

    private static HashSet<string> Closure(TestLayout source, IEnumerable<Descriptor> roots, bool referrers)
    {
        var found = new HashSet<string>();
        var open = new Stack<Descriptor>(roots);
        while (open.Count > 0)
        {
            foreach (var visit in source.Store.Walk(open.Pop()))
            {
                if (!found.Add(visit.Descriptor.Digest.ToString()) || !referrers) continue;
                foreach (var referrer in source.Store.GetReferrers(visit.Descriptor.Digest)) open.Push(referrer);
            }
        }

        return found;
    }
}
