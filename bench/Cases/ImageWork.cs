using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Threading.Tasks;

namespace OciLayout.Bench.Cases;

/// <summary>Cases that list, read, unpack and build images. The limit is the same compression with .NET on all cores.</summary>
internal static class ImageWork
{
    private const int Layers = 20;
    private const int Files = 200_000;
    private const int FolderFile = 256 << 10;
    private const long Folder = 1L << 30;

    private static readonly ParallelOptions AllCores = new() { MaxDegreeOfParallelism = Environment.ProcessorCount };

    public static IEnumerable<Case> Cases => [List(), ListProcess("discarded", "", " | Out-Null"), ListProcess("counted", "$null = ", " | Measure-Object"), ReadOne(), Expand(), Build()];

    private static Case List() => new()
    {
        Name = "image-list",
        Work = "list all files of an image of 200,000 files in 20 layers with gzip, beside the decompression of the layers on all cores",
        Setup = WriteImage,
        Limit = [new Trial { Name = "decompression", Run = DecompressAll }],
        Ours = new Trial { Name = "ours", WarmUp = WarmUp, Run = place => ListAll(place, place.Of(Files)) },
        Goal = new Goal(Ratio: 1.3, MiB: 64),
    };

    // The memory of a session: the peak while the command runs, over the memory before it.
    private static Case ListProcess(string name, string before, string after = "") => new()
    {
        Name = "image-list-session-" + name,
        Work = $"the same with Get-OciImageFile in a session of {Engine.Name}, its output {name}",
        Setup = WriteImage,
        Ours = new Trial { Name = "ours", Inside = place => Engine.WithModule(MeasureScript(place, $"{before}Get-OciImageFile '{place.InShared("store")}' v1{after}")) },
        Goal = new Goal(MiB: 64),
    };

    private static Case ReadOne() => new()
    {
        Name = "image-file",
        Work = "read one small file of the top layer of the same image, beside listing all files",
        Setup = WriteImage,
        Limit = [new Trial { Name = "list", WarmUp = WarmUp, Run = place => ListAll(place, place.Of(Files)) }],
        Ours = new Trial
        {
            Name = "ours",
            WarmUp = WarmUp,
            Run = place =>
            {
                var files = new OciImageFiles(Open(place.InShared("store")));
                using var content = new MemoryStream();
                files.CopyTo(files.Resolve(RootFileSystem.LastFile(Layers - 1, place.Of(Files) / Layers))!, content);
            },
        },
        Goal = new Goal(Ratio: 0.1, MiB: 64),
    };

    private static Case Expand() => new()
    {
        Name = "image-expand",
        Work = $"unpack the same image with Expand-OciImage, a whole process of {Engine.Name}",
        Setup = place =>
        {
            WriteImage(place);
            if (Engine.Find("docker-registry") is null || Engine.Find("crane") is null) return;
            RegistryServer.Start(place, "host");
            RegistryWork.Fill(place, "host", "app");
        },
        Ours = new Trial { Name = "ours", Command = place => Engine.WithModule($"Expand-OciImage '{place.InShared("store")}' v1 '{place.InScratch("rootfs")}'") },
        Peers =
        [
            new Trial { Name = "umoci unpack", Command = place => Engine.Tool("umoci", "unpack", "--rootless", "--image", place.InShared("store") + ":v1", place.InScratch("bundle")) },
            new Trial
            {
                Name = "crane export | tar x",
                Command = place => !File.Exists(place.InShared("host")) ? null : Engine.Tool(
                    "sh", "-c", $"mkdir '{place.InScratch("rootfs")}' && crane export --insecure {RegistryWork.At(place, "host", "app:v1")} - | tar x -C '{place.InScratch("rootfs")}'"),
            },
        ],
        Goal = new Goal(OfPeers: 1),
    };

    private static Case Build() => new()
    {
        Name = "image-build",
        Work = "build an image of a directory of 1 GiB of text, beside gzip of the same bytes at the same level on all cores",
        Setup = place => RootFileSystem.WriteFiles(place.InShared("folder"), (int)(place.Bytes(Folder) / FolderFile), FolderFile),
        Limit = [new Trial { Name = "gzip on all cores", Run = CompressAll }],
        Ours = new Trial
        {
            Name = "ours",
            WarmUp = place =>
            {
                RootFileSystem.WriteFiles(place.InShared("folder"), 1, FolderFile);
                BuildImage(place);
            },
            Run = BuildImage,
        },
        Peers =
        [
            new Trial
            {
                Name = "tar c, crane append",
                Command = place => Engine.Find("crane") is null ? null : Engine.Tool(
                    "sh", "-c", $"tar c -f '{place.InScratch("layer.tar")}' -C '{place.InShared("folder")}' . && crane append -f '{place.InScratch("layer.tar")}' -t app:v1 -o '{place.InScratch("image.tar")}'"),
            },
        ],
        Goal = new Goal(Ratio: 1.2, MiB: 64, OfPeers: 1),
    };

    private static void WriteImage(Place place) => RootFileSystem.WriteImage(place.InShared("store"), Layers, place.Of(Files) / Layers);

    private static void WarmUp(Place place)
    {
        RootFileSystem.WriteImage(place.InShared("store"), 2, 10);
        var files = new OciImageFiles(Open(place.InShared("store")));
        files.CopyTo(files.Resolve(RootFileSystem.LastFile(1, 10))!, Stream.Null);
        if (files.List().Count() != RootFileSystem.CountOf(2, 10)) throw new InvalidOperationException("The list is not complete.");
    }

    private static OciImage Open(string path)
    {
        var store = OciStore.Open(path);
        return OciImage.ReadAsync(store, store.Resolve("v1")).GetAwaiter().GetResult();
    }

    private static void ListAll(Place place, int files)
    {
        var count = new OciImageFiles(Open(place.InShared("store"))).List().Count();
        if (count != RootFileSystem.CountOf(Layers, files / Layers)) throw new InvalidOperationException($"{count} listed");
    }

    private static void DecompressAll(Place place)
    {
        var layers = Open(place.InShared("store")).Layers;
        Parallel.ForEach(layers, AllCores, layer =>
        {
            using var file = File.OpenRead(Images.BlobPath(place.InShared("store"), layer.Descriptor.Digest.ToString()));
            using var plain = new GZipStream(file, CompressionMode.Decompress);
            plain.CopyTo(Stream.Null);
        });
    }

    private static void CompressAll(Place place) => Parallel.ForEach(Directory.EnumerateFiles(place.InShared("folder")), AllCores, file =>
    {
        using var target = new MemoryStream();
        using var gzip = new GZipStream(target, CompressionLevel.Optimal);
        using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        source.CopyTo(gzip, 1 << 20);
    });

    private static void BuildImage(Place place)
    {
        var store = OciStore.Create(place.InScratch("store"), new OciStoreOptions { Flush = false });
        using var batch = store.BeginBatch();
        new OciImageBuilder(batch).Build(null, new ImageSettings { Layers = [new LayerSource(place.InShared("folder"))] }, Platform.Parse("linux/amd64"), ["v1"]);
        batch.Commit();
    }

    // One file is read before, so that the memory of code that is compiled once is not counted.
    private static string MeasureScript(Place place, string work) => $$"""
        function Read-Memory([string] $name) { [double] ((Get-Content /proc/self/status | Select-String "^$name").Line -split '\s+')[1] / 1024 }
        $null = Get-OciImageFile '{{place.InShared("store")}}' v1 '{{RootFileSystem.LastFile(Layers - 1, place.Of(Files) / Layers)}}' | Measure-Object
        [GC]::Collect(); [GC]::WaitForPendingFinalizers()
        $idle = Read-Memory VmRSS
        [System.IO.File]::WriteAllText('/proc/self/clear_refs', '5')
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        {{work}}
        $time = $clock.Elapsed.TotalMilliseconds
        [string]::Format([cultureinfo]::InvariantCulture, '{0} {1}', $time, (Read-Memory VmHWM) - $idle)
        """;
}
