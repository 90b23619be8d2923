using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace OciLayout.Bench.Cases;

/// <summary>Cases that push content.</summary>
internal static class Push
{
    private const int Blobs = 10_000;
    private const long Large = 1L << 30;

    public static IEnumerable<Case> Cases =>
    [
        LargeFile(flush: false),
        LargeFile(flush: true),
        WholeProcess("push-1gib-process", "Push-OciBlob $s '{0}'"),
        WholeProcess("artifact-1gib-process", "New-OciArtifact $s '{0}' -ArtifactType application/x-demo -Tag v1"),
        SmallBlobs(flush: false, pipeline: false),
        SmallBlobs(flush: true, pipeline: false),
        SmallBlobs(flush: false, pipeline: true),
        SmallBlobs(flush: true, pipeline: true),
        ManyImages(100, flush: false),
        ManyImages(100, flush: true),
        ManyImages(1000, flush: false),
        ManyImages(1000, flush: true),
        ManyImages(5000, flush: false),
        ManyImages(5000, flush: true),
    ];

    private static Case LargeFile(bool flush) => new()
    {
        Name = flush ? "push-1gib-flushed" : "push-1gib",
        Work = "push a file of 1 GiB, its digest computed" + Flushed(flush),
        Reference = "2.1 s",
        Setup = place => Bare.RandomFile(File(place), place.Bytes(Large)),
        Limit =
        [
            new Trial { Name = "sha256", Run = place => Bare.Hash(File(place)) },
            new Trial { Name = "copy", Run = place => Bare.Copy(File(place), place.InScratch("copy"), flush) },
        ],
        Ours = new Trial
        {
            Name = "ours",
            WarmUp = place => PushFile(place, Small(place), flush: false),
            Run = place => PushFile(place, File(place), flush),
        },
        Goal = new Goal(Ratio: 1.25, MiB: 24),
    };

    private static Case WholeProcess(string name, string line) => new()
    {
        Name = name,
        Work = $"the same with {line.Split(' ')[0]} in a whole process, the start of {Engine.Name} included, not flushed",
        Reference = "2.2 to 2.9 s",
        Setup = place => Bare.RandomFile(File(place), place.Bytes(Large)),
        Ours = new Trial
        {
            Name = "ours",
            Command = place => Engine.WithModule($"$s = New-OciStore '{place.InScratch("store")}' -NoFlush; $null = {line.Replace("{0}", File(place), StringComparison.Ordinal)}"),
        },
        Peers =
        [
            new Trial { Name = "oras push", Command = place => Engine.Tool("oras", "push", "--disable-path-validation", "--oci-layout", place.InScratch("store") + ":v1", File(place)) },
        ],
        Goal = new Goal(OfPeers: 1),
    };

    private static Case SmallBlobs(bool flush, bool pipeline) => new()
    {
        Name = $"push-blobs{(pipeline ? "-pipeline" : "")}{(flush ? "-flushed" : "")}",
        Work = "push 10,000 blobs of 1 KiB, " + (pipeline ? "one pipeline" : "one batch of the core") + Flushed(flush),
        Reference = "2.0 s, not flushed",
        Limit = [BareTrial(place => SmallContents(place.Of(Blobs)), flush)],
        Ours = pipeline
            ? new Trial { Name = "ours", Inside = place => Engine.WithModule(BlobScript(place, flush)) }
            : new Trial
            {
                Name = "ours",
                WarmUp = place => PushBlobs(Store(place, flush: false), [.. SmallContents(300)]),
                Timed = place =>
                {
                    var (store, contents) = (Store(place, flush), SmallContents(place.Of(Blobs)).ToList());
                    return Time(() => PushBlobs(store, contents));
                },
            },
        Goal = new Goal(Ratio: flush ? 1.5 : 1.15),
    };

    private static Case ManyImages(int count, bool flush) => new()
    {
        Name = $"push-images-{count}{(flush ? "-flushed" : "")}",
        Work = $"push and tag {count:#,0} images (config, layer, manifest), one batch" + Flushed(flush),
        Reference = count switch { 100 => "0.24 s", 1000 => "5 s", _ => "75 s" },
        Limit = [BareTrial(place => ImageContents(place.Of(count)).SelectMany(i => new[] { i.Config, i.Layer, i.Manifest }), flush)],
        Ours = new Trial
        {
            Name = "ours",
            WarmUp = place => PushImages(Store(place, flush: false), ImageContents(100)),
            Timed = place =>
            {
                var (store, images) = (Store(place, flush), ImageContents(place.Of(count)).ToList());
                return Time(() => PushImages(store, images));
            },
        },
        Goal = new Goal(Ratio: 1.7),
    };

    /// <summary>Pushes and tags images with one batch.</summary>
    public static void PushImages(OciStore store, IEnumerable<(byte[] Config, byte[] Layer, byte[] Manifest, string Tag)> images)
    {
        using var batch = store.BeginBatch();
        foreach (var (config, layer, manifest, tag) in images)
        {
            Stage(batch, Images.ConfigType, config);
            Stage(batch, Images.LayerType, layer);
            Stage(batch, Images.ManifestType, manifest, tag);
            if (batch.ShouldPublish) TagAll(batch);
        }

        TagAll(batch);
        batch.Commit();
    }

    /// <summary>Returns the content of images, starting with the image of a number.</summary>
    public static IEnumerable<(byte[] Config, byte[] Layer, byte[] Manifest, string Tag)> ImageContents(int count, int from = 0)
    {
        for (var i = from; i < from + count; i++)
            yield return (Images.Config(i), Images.Layer(i, 0), Encoding.UTF8.GetBytes(Images.Manifest(null, i, 1)), Images.Tag(i));
    }

    private static void TagAll(OciBatch batch)
    {
        foreach (var result in batch.Publish())
        {
            if (result.UserState is string tag) batch.Tag(result.Descriptor, tag);
        }
    }

    private static void Stage(OciBatch batch, string mediaType, byte[] bytes, string? tag = null) =>
        batch.Stage(new PushRequest { MediaType = mediaType }, new MemoryStream(bytes, writable: false), tag);

    private static void PushBlobs(OciStore store, IReadOnlyList<byte[]> contents)
    {
        using var batch = store.BeginBatch();
        foreach (var content in contents)
        {
            Stage(batch, "application/octet-stream", content);
            if (batch.ShouldPublish) batch.Publish();
        }

        batch.Commit();
    }

    private static void PushFile(Place place, string file, bool flush)
    {
        using var content = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        Store(place, flush).Push(new PushRequest { MediaType = "application/x-demo" }, content);
    }

    /// <summary>Creates a store in the scratch directory.</summary>
    public static OciStore Store(Place place, bool flush)
    {
        Directory.CreateDirectory(place.Scratch);
        return OciStore.Create(place.InScratch("store"), new OciStoreOptions { Flush = flush });
    }

    private static Trial BareTrial(Func<Place, IEnumerable<byte[]>> contents, bool flush) => new()
    {
        Name = "create, write, " + (flush ? "flush, " : "") + "rename",
        WarmUp = place => Bare.CreateAndRename(place.Scratch, SmallContents(300), flush),
        Timed = place =>
        {
            var all = contents(place).ToList();
            return Time(() => Bare.CreateAndRename(place.Scratch, all, flush));
        },
    };

    // Creates the blobs before the clock starts, so that their creation in PowerShell is not measured.
    private static string BlobScript(Place place, bool flush) =>
        $$"""
        $made = for ($i = 0; $i -lt {{place.Of(Blobs)}}; $i++) { ,[System.Text.Encoding]::ASCII.GetBytes("$i".PadRight(1024, 'x')) }
        $warm = New-OciStore '{{place.InScratch("warm")}}' -NoFlush
        $null = $made[0..299] | Push-OciBlob $warm
        $store = New-OciStore '{{place.InScratch("store")}}'{{(flush ? "" : " -NoFlush")}}
        {{Engine.Clock("$null = $made | Push-OciBlob $store")}}
        """;

    public static IEnumerable<byte[]> SmallContents(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var content = new byte[1024];
            BitConverter.TryWriteBytes(content, i);
            yield return content;
        }
    }

    public static double Time(Action work)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        work();
        return clock.Elapsed.TotalMilliseconds;
    }

    private static string File(Place place) => place.InShared("file");

    private static string Small(Place place)
    {
        var path = Path.Combine(place.Root, "small");
        Bare.RandomFile(path, 1 << 20);
        return path;
    }

    private static string Flushed(bool flush) => flush ? ", flushed" : ", not flushed";
}
