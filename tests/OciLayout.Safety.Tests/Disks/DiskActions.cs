using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using OciLayout.Archives;
using OciLayout.Layout;
using OciLayout.Model;

namespace OciLayout.Safety.Disks;

/// <summary>Changes of a settled layout, by name. Each one records its promises while it runs.</summary>
internal static class DiskActions
{
    private static readonly byte[] Big = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * 31 >> 3))];

    public static IReadOnlyDictionary<string, Action<DiskRun, OciStore>> All { get; } = new Dictionary<string, Action<DiskRun, OciStore>>
    {
        ["push a blob"] = (run, store) => run.PushBlob(store, "a new blob"),
        ["push a big blob"] = (run, store) => run.PushBlob(store, Big, "text/plain"),
        ["push an empty blob"] = (run, store) => run.PushBlob(store, ""),
        ["push by another algorithm"] = (run, store) => run.PushBlob(store, "by sha512", DigestAlgorithm.Sha512),
        ["push what is there"] = (run, store) => run.PushBlob(store, "orphan one"),
        ["push what is there by its digest"] = (run, store) => Reuse(run, store, "orphan one"),
        ["push what another tool wrote"] = (run, store) =>
        {
            run.PutUnflushed("foreign", "for"u8.ToArray(), "eign"u8.ToArray());
            run.PushBlob(store, "foreign");
        },
        ["push what another tool wrote by its digest"] = (run, store) =>
        {
            run.PutUnflushed("foreign", "for"u8.ToArray(), "eign"u8.ToArray());
            Reuse(run, store, "foreign");
        },
        ["heal a blob of the wrong length"] = (run, store) =>
        {
            run.PutUnflushed("orphan one", "orph"u8.ToArray());
            Reuse(run, store, "orphan one");
        },
        ["push an image and tag it"] = (run, store) => run.PushImage(store, "new", "new"),
        ["push an image that is there and tag it"] = (run, store) => run.PushImage(store, "untagged", "again"),
        ["push an image that may be there"] = (run, store) => run.PushImage(store, "new", null),
        ["tag an image that may be there"] = TagNew,
        ["push a new blob by its digest"] = (run, store) => Reuse(run, store, "a new blob"),
        ["bring back"] = (run, store) => run.PushImage(store, "v1", "v1"),
        ["push many at once"] = PushMany,
        ["move a tag"] = (run, store) => run.Tag(store, store.Resolve("spare"), "v1"),
        ["tag what is tagged so"] = (run, store) => run.Tag(store, store.Resolve("spare"), "spare"),
        ["untag"] = (run, store) => run.Untag(store, "v1"),
        ["delete"] = (run, store) => run.Delete(store, "v1"),
        ["delete with its referrers"] = (run, store) => run.Delete(store, "kept"),
        ["delete a referrer"] = DeleteReferrer,
        ["collect garbage"] = (run, store) => run.Collect(store),
        ["collect but what is untagged"] = (run, store) => run.Collect(store, new GarbageOptions { KeepUntagged = true }),
        ["untag and collect"] = (run, store) =>
        {
            run.Untag(store, "v1");
            run.Collect(store);
        },
        ["save by hand"] = SaveByHand,
        ["import an archive"] = Import,
    };

    private static void Reuse(DiskRun run, OciStore store, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var digest = Digest.Compute(bytes, DigestAlgorithm.Sha256);
        store.Push(new PushRequest { Digest = digest, Size = bytes.Length }, new MemoryStream(bytes));
        run.Become(run.Promise.WithContent(digest.ToString()));
    }

    // Tags the image of another process before that process has acknowledged it.
    private static void TagNew(DiskRun run, OciStore store)
    {
        Descriptor config = Describe("""{"config of":"new"}""", "application/vnd.oci.image.config.v1+json");
        Descriptor image = Describe(Encoding.UTF8.GetString(DiskRun.ImageOf(config, Describe("layer of new", "application/vnd.oci.image.layer.v1.tar"))), MediaTypes.ImageManifest);
        if (store.Exists(image.Digest)) run.Tag(store, image, "seen");
    }

    private static Descriptor Describe(string text, string mediaType)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return new Descriptor(mediaType, Digest.Compute(bytes, DigestAlgorithm.Sha256), bytes.Length);
    }

    private static void PushMany(DiskRun run, OciStore store)
    {
        using OciBatch batch = store.BeginBatch();
        var blobs = new List<Descriptor>();
        for (var i = 0; i < 6; i++)
        {
            byte[] bytes = Encoding.UTF8.GetBytes("blob " + i % 5); // one blob is pushed twice
            batch.Stage(new PushRequest { MediaType = "text/plain" }, new MemoryStream(bytes));
        }

        blobs.AddRange(batch.Publish().Select(r => r.Descriptor));
        run.Become(run.Promise.WithContent([.. blobs.Select(b => b.Digest.ToString())]));
        batch.Stage(new PushRequest { AsManifest = true }, new MemoryStream(DiskRun.ImageOf(blobs[0], blobs[1])));
        Descriptor image = batch.Publish().Single().Descriptor;
        run.Become(run.Promise.Moving("bulk", image.Digest.ToString()));
        batch.Store.Tag(image, "bulk");
        batch.Commit();
        run.Become(run.Promise.WithTag("bulk", image.Digest.ToString()));
    }

    private static void Import(DiskRun run, OciStore store)
    {
        byte[][] blobs = ["""{"config of":"imported"}"""u8.ToArray(), "orphan one"u8.ToArray(), Big];
        List<Descriptor> described = [.. blobs.Select(b => new Descriptor("text/plain", Digest.Compute(b), b.Length))];
        byte[] image = DiskRun.ImageOf(described[0], described[2]);
        var target = new Descriptor(MediaTypes.ImageManifest, Digest.Compute(image), image.Length);
        string path = Path.Combine(run.Base, "imported.tar");
        using (FileStream file = File.Create(path))
        {
            var tar = new TarWriter(file);
            tar.AddFile(LayoutNames.Layout, LayoutFiles.LayoutFile.ToArray());
            string entry = Encoding.UTF8.GetString(DescriptorAnnotations.WithTag(DescriptorJson.Write(target), "imported"));
            tar.AddFile(LayoutNames.Index, Encoding.UTF8.GetBytes($$"""{"manifests":[{{entry}}]}"""));
            foreach (byte[] content in (byte[][])[.. blobs, image]) tar.AddFile(LayoutNames.Blob(Digest.Compute(content)), content);
            tar.Finish();
        }

        run.Become(run.Promise.Moving("imported", target.Digest.ToString()));
        store.Import(path);
        run.Become(run.Promise.WithContent([.. described.Select(d => d.Digest.ToString()), target.Digest.ToString()]).WithTag("imported", target.Digest.ToString()));
    }

    private static void DeleteReferrer(DiskRun run, OciStore store)
    {
        Descriptor kept = store.Resolve("kept");
        string list = "sha256-" + kept.Digest.Encoded;
        if (store.GetReferrers(kept.Digest) is not [var referrer, ..] || store.GetTags().All(t => t.Tag != list)) return;
        run.Become(run.Promise.Moving(list, Promise.Absent).Without(referrer.Digest.ToString()));
        store.Delete(store.PlanDeletion(referrer.Digest.ToString()));
        run.Become(run.Promise.WithTag(list, Promise.Absent));
    }

    private static void SaveByHand(DiskRun run, OciStore store)
    {
        OciStore manual = store.WithOptions(store.Options with { AutoSaveIndex = false });
        string spare = run.Promise.Tags["spare"].First(d => d != Promise.Absent);
        run.Become(run.Promise.Moving("v1", spare).Moving("s1", spare).Moving("spare", Promise.Absent));
        // After a failed attempt some or all of these changes may be pending, and are saved below.
        if (store.GetTags().Any(t => t.Tag == "spare"))
        {
            manual.Tag(store.Resolve("spare"), "v1");
            manual.Tag(store.Resolve("spare"), "s1");
            manual.Untag("spare");
        }

        manual.SaveIndex();
        run.Become(run.Promise.WithTag("v1", spare).WithTag("s1", spare).WithTag("spare", Promise.Absent));
    }
}
