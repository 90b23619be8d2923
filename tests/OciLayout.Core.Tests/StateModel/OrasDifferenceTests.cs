using System;
using System.IO;
using System.Linq;
using CsCheck;
using Xunit;

namespace OciLayout.Tests.StateModel;

/// <summary>
/// Compares the store with a model of oras-go on random sequences. They differ only by intention: this store lists a stored manifest that
/// is not listed yet, refuses a deletion that breaks remaining content, never deletes a subject with its referrer, treats a listed blob as
/// a root of garbage collection, and does not collect a store without tags.
/// </summary>
public class OrasDifferenceTests
{
    private static readonly ModelContent[] Things = [.. ModelContents.All.Where(t => t.MediaType != ModelContents.OtherType && t != ModelContents.X2)];
    private static readonly string[] Tags = ["a", "b", "c"];

    private static readonly Gen<(int Step, int Thing, int Tag)> Moves = Gen.Select(
        Gen.Frequency((8, Gen.Const(0)), (5, Gen.Const(1)), (2, Gen.Const(2)), (3, Gen.Const(3)), (1, Gen.Const(4))), Gen.Int[0, Things.Length - 1], Gen.Int[0, Tags.Length - 1],
        (step, thing, tag) => (step, thing, tag));

    [Fact]
    public void Store_behaves_as_oras_except_for_intended_differences() => Moves.Array[1, 40].Sample(
        moves =>
        {
            using var layout = new TestLayout();
            var oras = new OrasStore();
            foreach (var (step, thing, tag) in moves)
            {
                Make(layout, oras, step, Things[thing], Tags[tag]);
                Compare(layout, oras);
            }
        },
        iter: 300,
        print: moves => string.Join(", ", moves.Select(m => $"{m.Step} {Things[m.Thing]} {Tags[m.Tag]}")));

    private static void Make(TestLayout layout, OrasStore oras, int step, ModelContent thing, string tag)
    {
        switch (step)
        {
            case 0:
                // oras refuses content that exists. OciLayout reports it, and lists a manifest that was stored as a blob.
                if (thing.IsManifest && oras.Blobs.Contains(thing.Digest)) oras.Manifests.Add(thing.Digest);
                var exists = oras.Push(thing) is not null;
                Assert.Equal(exists, layout.Store.Push(thing.Descriptor, new MemoryStream(thing.Content)).AlreadyExisted);
                break;
            case 1:
                Expect(oras.Tag(thing, tag), () => layout.Store.Tag(thing.Descriptor, tag));
                break;
            case 2:
                Expect(oras.Untag(tag), () => layout.Store.Untag(tag));
                break;
            case 3:
                Delete(layout, oras, thing);
                break;
            default:
                var isRefused = oras.Tags.Count == 0 && (oras.Manifests.Count > 0 || oras.Blobs.Any(b => ModelContents.ByDigest[b].IsManifest));
                Expect(isRefused ? OciErrorKind.IncompleteGraph : null, () => layout.Store.Collect());
                if (!isRefused) oras.Collect(oras.Manifests.Where(m => !ModelContents.ByDigest[m].IsManifest).ToList());
                break;
        }
    }

    private static void Delete(TestLayout layout, OrasStore oras, ModelContent thing)
    {
        var gone = oras.Deletion(thing.Digest, subjects: true);
        var isHeld = gone.Any(g => oras.Pointers(g, subjects: false).Any(p => !gone.Contains(p)));
        var losesTag = oras.Tags.Values.Any(t => t != thing.Digest && gone.Contains(t));
        if (oras.Blobs.Contains(thing.Digest) && !gone.SetEquals(oras.Deletion(thing.Digest, subjects: false)))
        {
            // The rules for subjects differ. The model follows the decision of the store.
            try
            {
                oras.Remove([.. layout.Delete(thing.Digest.ToString()).Select(r => r.Digest)]);
            }
            catch (OciException e) when (e.Kind == OciErrorKind.ContentReferenced)
            {
            }

            return;
        }

        OciErrorKind? expected = !oras.Blobs.Contains(thing.Digest) ? OciErrorKind.NotFound : isHeld || losesTag ? OciErrorKind.ContentReferenced : null;
        Expect(expected, () => layout.Delete(thing.Digest.ToString()));
        if (expected is null) oras.Remove(gone);
    }

    private static void Expect(OciErrorKind? expected, Action act) =>
        Assert.Equal(expected, (Record.Exception(act) as OciException)?.Kind);

    private static void Compare(TestLayout layout, OrasStore oras)
    {
        Assert.Equal(oras.Blobs.Select(b => b.ToString()).Order(), layout.Files.Order());
        Assert.Equal(oras.Tags.Keys.Order(StringComparer.Ordinal), layout.Tags);
        Assert.Equal(oras.Manifests.Order(), layout.Listed.Distinct().Order());
        Assert.All(oras.Tags, t => Assert.Equal(t.Value, layout.Store.Resolve(t.Key).Digest));
        Assert.All(Things, t => Assert.Equal(oras.Predecessors(t.Digest).Order(), layout.Store.GetPredecessors(t.Digest).Select(p => p.Digest).Order()));
    }
}
