using System;
using System.Collections.Generic;
using System.IO;

namespace OciLayout.Bench.Cases;

/// <summary>Cases that read and change an index with many entries, mostly in a fresh process.</summary>
internal static class Index
{
    public static IEnumerable<Case> Cases =>
    [
        OpenAndList(10_000, 60, 30),
        OpenAndList(50_000, 250, 110),
        OpenAndListWarm(10_000),
        OpenAndListWarm(50_000),
        TagOnce(),
        OpenAndTagOnce(),
    ];

    private static Case OpenAndList(int count, double milliseconds, double memory) => new()
    {
        Name = $"open-list-{count}",
        Work = $"open a store of {count:#,0} images and list its tags, first thing in a process",
        Reference = count == 10_000 ? "1.06 s, 64 MiB" : "4.9 s, 277 MiB",
        Setup = place => WriteIndex(place.InShared("store"), place.Of(count)),
        Limit = [new Trial { Name = "parse index", Run = place => Parse(place.InShared("store")) }],
        Ours = new Trial { Name = "ours", Run = place => List(place.InShared("store"), place.Of(count)) },
        Goal = new Goal(Milliseconds: milliseconds, MiB: memory),
    };

    // The same case without the time that the runtime takes to load and compile code.
    private static Case OpenAndListWarm(int count) => new()
    {
        Name = $"open-list-{count}-warm",
        Work = $"open a store of {count:#,0} images and list its tags, in a process that has done so with a small one",
        Setup = place => WriteIndex(place.InShared("store"), place.Of(count)),
        Limit = [new Trial { Name = "parse index", WarmUp = place => WarmList(place, Parse), Run = place => Parse(place.InShared("store")) }],
        Ours = new Trial
        {
            Name = "ours",
            WarmUp = place => WarmList(place, root => List(root, 1000)),
            Run = place => List(place.InShared("store"), place.Of(count)),
        },
    };

    private static void List(string root, int count)
    {
        var tags = OciStore.Open(root).GetTags();
        if (tags.Count != count) throw new InvalidOperationException($"{tags.Count} tags");
    }

    // Runs twice with a pause after each, because tiered compilation starts only after 100 ms without new tier-0 activity.
    private static void WarmList(Place place, Action<string> list)
    {
        foreach (var name in new[] { "first", "second" })
        {
            WriteIndex(place.InScratch(name), 1000);
            list(place.InScratch(name));
            System.Threading.Thread.Sleep(300);
        }
    }

    private static Case TagOnce() => new()
    {
        Name = "tag-once",
        Work = "set one tag in a store of 10,000 images, flushed, with a new store object in a process that has tagged elsewhere",
        Reference = "103 ms + 1.0 s to open",
        Setup = place => WriteTaggable(place),
        Limit = [Rewrite(warm: true)],
        Ours = new Trial { Name = "ours", Prepare = Copy, WarmUp = WarmTag, Run = Tag },
        Goal = new Goal(Milliseconds: 40),
    };

    private static Case OpenAndTagOnce() => new()
    {
        Name = "tag-once-cold",
        Work = "the same, first thing in a process",
        Reference = "103 ms + 1.0 s to open",
        Setup = place => WriteTaggable(place),
        Limit = [Rewrite(warm: false)],
        Ours = new Trial { Name = "ours", Prepare = Copy, Run = Tag },
    };

    private static void WriteTaggable(Place place) => WriteIndex(place.InShared("store"), place.Of(10_000));

    private static Trial Rewrite(bool warm) => new()
    {
        Name = "write and flush the index",
        Prepare = Copy,
        WarmUp = warm ? place => WarmRewrite(place) : null,
        Run = place => RewriteIndex(place.InScratch("store")),
    };

    private static void WarmRewrite(Place place)
    {
        WriteIndex(place.InScratch("store"), 20);
        RewriteIndex(place.InScratch("store"));
    }

    private static void RewriteIndex(string root)
    {
        var (path, next) = (Path.Combine(root, "index.json"), Path.Combine(root, "next"));
        var bytes = File.ReadAllBytes(path);
        using (var file = new FileStream(next, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }

    private static void WarmTag(Place place)
    {
        WriteIndex(place.InScratch("store"), 20);
        for (var i = 0; i < 3; i++)
        {
            var store = OciStore.Open(place.InScratch("store"));
            store.Tag(store.Resolve(Images.Tag(i)), "warm");
        }
    }

    private static void Tag(Place place)
    {
        var store = OciStore.Open(place.InScratch("store"));
        store.Tag(store.Resolve(Images.Tag(7)), "stable");
    }

    private static void Copy(Place place) => Bare.CopyDirectory(place.InShared("store"), place.InScratch("store"));

    // Only the index and the first manifests are used, so other manifests are not stored.
    private static void WriteIndex(string root, int count)
    {
        var index = Images.Begin(root);
        for (var i = 0; i < count; i++)
        {
            var manifest = System.Text.Encoding.UTF8.GetBytes(Images.Manifest(i < 20 ? root : null, i, 1));
            Images.Entry(index, i < 20 ? Images.Blob(root, manifest) : Images.DigestOf(manifest), manifest.Length, Images.Tag(i));
        }

        Images.End(root, index);
    }

    private static void Parse(string root)
    {
        using var document = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, "index.json")));
        var tags = new List<string>();
        foreach (var entry in document.RootElement.GetProperty("manifests").EnumerateArray())
        {
            if (entry.TryGetProperty("annotations", out var annotations) && annotations.TryGetProperty("org.opencontainers.image.ref.name", out var tag)) tags.Add(tag.GetString()!);
        }

        tags.Sort(StringComparer.Ordinal);
    }
}
