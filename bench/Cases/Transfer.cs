using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace OciLayout.Bench.Cases;

/// <summary>Cases that copy and verify large content.</summary>
internal static class Transfer
{
    private const int Layers = 20;
    private const long LayerSize = 50L << 20;

    public static IEnumerable<Case> Cases => [Copy(link: true, flush: true), Copy(link: false, flush: false), Copy(link: false, flush: true), Verify()];

    private static Case Copy(bool link, bool flush) => new()
    {
        Name = link ? "copy-hardlink" : flush ? "copy-flushed" : "copy",
        Work = $"copy an image of 20 layers of 50 MiB to a new store, {(link ? "-HardLink, flushed" : flush ? "flushed" : "not flushed")}",
        Reference = "0.6 to 1.2 s",
        Setup = WriteImage,
        Limit = link
            ? [new Trial { Name = "link", Run = place => Bare.LinkAll(Files(place), place.InScratch("files")) }]
            : [new Trial { Name = "read, sha256, write on all cores", Run = place => Bare.CopyAndHashAll(Files(place), place.InScratch("files"), flush) }],
        Ours = new Trial
        {
            Name = "ours",
            WarmUp = place =>
            {
                place = place with { Scale = 1000 };
                WriteImage(place);
                CopyImage(place, link, flush);
            },
            Run = place => CopyImage(place, link, flush),
        },
        Peers = link || flush ? [] :
        [
            new Trial { Name = "oras cp", Command = place => Engine.Tool("oras", "cp", "--from-oci-layout", "--to-oci-layout", place.InShared("store") + ":v1", place.InScratch("to") + ":v1") },
            new Trial { Name = "skopeo copy", Command = place => Engine.Tool("skopeo", "copy", "--insecure-policy", "--preserve-digests", $"oci:{place.InShared("store")}:v1", $"oci:{place.InScratch("to")}:v1") },
            new Trial { Name = "regctl image copy", Command = place => Engine.Tool("regctl", "image", "copy", $"ocidir://{place.InShared("store")}:v1", $"ocidir://{place.InScratch("to")}:v1") },
        ],
        Goal = link ? new Goal(Milliseconds: 60) : new Goal(Ratio: 1.3),
    };

    private static Case Verify() => new()
    {
        Name = "verify",
        Work = "Test-OciStore of 1 GiB in 20 blobs",
        Setup = WriteImage,
        Limit = [new Trial { Name = "sha256 on all cores", Run = place => Bare.HashAll(Files(place)) }],
        Ours = new Trial
        {
            Name = "ours",
            WarmUp = place =>
            {
                place = place with { Scale = 1000 };
                WriteImage(place);
                VerifyStore(place);
            },
            Run = VerifyStore,
        },
        Goal = new Goal(Ratio: 1.15),
    };

    private static void VerifyStore(Place place)
    {
        if (new OciVerification(place.InShared("store")).Run() is [var finding, ..]) throw new InvalidOperationException(finding.ToString());
    }

    private static void CopyImage(Place place, bool link, bool flush)
    {
        Directory.CreateDirectory(place.Scratch);
        var source = OciStore.Open(place.InShared("store"));
        var destination = OciStore.Create(place.InScratch("to"), new OciStoreOptions { Flush = flush });
        using var copy = new OciCopy(source, destination, new CopyOptions { HardLink = link });
        var result = copy.Run(copy.Plan([new CopyRoot(source.Resolve("v1"), ["v1"])]));
        if (result.CopiedCount != Layers + 2) throw new InvalidOperationException($"{result.CopiedCount} copied");
    }

    // Sets the permissions that a store sets: manifests are writable, other content is read-only.
    private static void WriteImage(Place place)
    {
        var root = place.InShared("store");
        var index = Images.Begin(root);
        var layers = Enumerable.Range(0, Layers).Select(i => Images.Descriptor(Images.LayerType, Layer(place, i), place.Bytes(LayerSize)));
        var config = Images.Config(0);
        var manifest = Encoding.UTF8.GetBytes(
            $"{{\"schemaVersion\":2,\"mediaType\":\"{Images.ManifestType}\",\"config\":{Images.Descriptor(Images.ConfigType, Images.Blob(root, config), config.Length)},\"layers\":[{string.Join(",", layers)}]}}");
        if (!OperatingSystem.IsWindows()) foreach (var file in Directory.EnumerateFiles(Path.Combine(root, "blobs", "sha256"))) File.SetUnixFileMode(file, (UnixFileMode)0x124);
        Images.Entry(index, Images.Blob(root, manifest), manifest.Length, "v1");
        Images.End(root, index);
    }

    private static string Layer(Place place, int number)
    {
        var path = place.InShared("layer" + new string('.', number));
        Bare.RandomFile(path, place.Bytes(LayerSize));
        using var file = File.OpenRead(path);
        var digest = "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file));
        File.Move(path, Images.BlobPath(place.InShared("store"), digest), overwrite: true);
        return digest;
    }

    private static List<string> Files(Place place) => [.. Directory.EnumerateFiles(Path.Combine(place.InShared("store"), "blobs", "sha256"))];
}
