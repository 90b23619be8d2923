using System;
using System.Collections.Generic;

namespace OciLayout.Bench.Cases;

/// <summary>
/// Cases that move large content to and from docker-registry. Ours is measured in a started process, peers as whole processes; Go programs
/// start in some 20 ms. Nothing is flushed, as in the peers.
/// </summary>
internal static class Registry
{
    private const int Workers = 4;
    private const long GiB = 1L << 30;

    public static IEnumerable<Case> Cases =>
    [
        Pull("registry-pull-1gib", "one blob of 1 GiB", 1, GiB, new Goal(Ratio: 1.2, OfPeers: 1)),
        Push("registry-push-1gib", "one blob of 1 GiB", 1, GiB, new Goal(Ratio: 1.2, OfPeers: 1)),
        Pull("registry-pull-20x50mib", "20 layers of 50 MiB", 20, 50 << 20, new Goal(Ratio: 1.3, OfPeers: 1.1)),
        Push("registry-push-20x50mib", "20 layers of 50 MiB", 20, 50 << 20, new Goal(Ratio: 1.3, OfPeers: 1.2)),
        Pull("registry-pull-memory", "4 blobs of 1 GiB", 4, GiB, new Goal(MiB: 64), withPeers: false),
        Push("registry-push-memory", "4 blobs of 1 GiB", 4, GiB, new Goal(MiB: 64), withPeers: false),
        Between(),
        Process(),
    ];

    private static Case Pull(string name, string work, int layers, long size, Goal goal, bool withPeers = true) => new()
    {
        Name = name,
        Work = "pull " + work + " to a new layout",
        Needs = "docker-registry",
        Setup = place => Begin(place, layers, size),
        Limit = [new Trial { Name = "HttpClient + SHA-256 to files", Run = place => RegistryWork.PlainPull(place, "app", Math.Min(layers, Workers)) }],
        Ours = new Trial { Name = "ours", WarmUp = RegistryWork.WarmUp, Run = place => RegistryWork.Pull(place, "app") },
        Peers = !withPeers ? [] :
        [
            new Trial { Name = "oras cp", Command = place => Engine.Tool("oras", "cp", "--from-plain-http", "--to-oci-layout", RegistryWork.At(place, "host", "app:v1"), place.InScratch("to") + ":v1") },
            new Trial { Name = "skopeo copy", Command = place => Engine.Tool("skopeo", "copy", "--insecure-policy", "--src-tls-verify=false", "--preserve-digests", "docker://" + RegistryWork.At(place, "host", "app:v1"), $"oci:{place.InScratch("to")}:v1") },
            new Trial { Name = "crane pull", Command = place => Engine.Tool("crane", "pull", "--insecure", "--format=oci", RegistryWork.At(place, "host", "app:v1"), place.InScratch("to")) },
            new Trial { Name = "regctl image copy", Command = place => Engine.Tool("regctl", "image", "copy", RegistryWork.At(place, "host", "app:v1"), $"ocidir://{place.InScratch("to")}:v1") },
        ],
        Goal = goal,
    };

    private static Case Push(string name, string work, int layers, long size, Goal goal, bool withPeers = true) => new()
    {
        Name = name,
        Work = "push " + work + " to a new repository",
        Needs = "docker-registry",
        Setup = place => Begin(place, layers, size),
        Limit = [new Trial { Name = "HttpClient", Run = place => RegistryWork.PlainPush(place, Math.Min(layers, Workers)) }],
        Ours = new Trial { Name = "ours", WarmUp = RegistryWork.WarmUp, Run = place => RegistryWork.Push(place) },
        Peers = !withPeers ? [] : PushPeers("host", "store"),
        Goal = goal,
    };

    /// <summary>Returns the peers that push an image of a layout.</summary>
    public static IReadOnlyList<Trial> PushPeers(string server, string layout) =>
    [
        new Trial { Name = "oras cp", Command = place => Engine.Tool("oras", "cp", "--to-plain-http", "--from-oci-layout", place.InShared(layout) + ":v1", RegistryWork.At(place, server, RegistryWork.NewName() + ":v1")) },
        new Trial { Name = "skopeo copy", Command = place => Skopeo(place, "copy", "--insecure-policy", "--dest-tls-verify=false", "--preserve-digests", $"oci:{place.InShared(layout)}:v1", "docker://" + RegistryWork.At(place, server, RegistryWork.NewName() + ":v1")) },
        new Trial { Name = "crane push", Command = place => Engine.Tool("crane", "push", "--insecure", place.InShared(layout), RegistryWork.At(place, server, RegistryWork.NewName() + ":v1")) },
        new Trial { Name = "regctl image copy", Command = place => Engine.Tool("regctl", "image", "copy", $"ocidir://{place.InShared(layout)}:v1", RegistryWork.At(place, server, RegistryWork.NewName() + ":v1")) },
    ];

    // skopeo remembers in which repository it has seen a blob, and mounts it from there in the next run. Each run gets an empty memory.
    private static CommandLine? Skopeo(Place place, params string[] arguments) => Engine.Find("skopeo") is not { } file ? null
        : new CommandLine("env", ["_CONTAINERS_ROOTLESS_UID=1000", "XDG_DATA_HOME=" + place.InScratch("memory"), file, .. arguments]);

    private static Case Between() => new()
    {
        Name = "registry-to-registry-1gib",
        Work = "copy one blob of 1 GiB to a registry that takes 200 MB/s",
        Needs = "docker-registry",
        Setup = place =>
        {
            Begin(place, 1, GiB);
            RegistryServer.Start(place, "slow", new RelaySettings(UploadBytesPerSecond: 200_000_000));
        },
        Ours = new Trial
        {
            Name = "ours",
            WarmUp = RegistryWork.WarmUp,
            Run = place =>
            {
                using var from = RegistryWork.Open(place, "host");
                using var to = RegistryWork.Open(place, "slow");
                RegistryWork.Copy(from.GetRepository("app"), to.GetRepository(RegistryWork.NewName()));
            },
        },
        Peers =
        [
            new Trial { Name = "oras cp", Command = place => Engine.Tool("oras", "cp", "--from-plain-http", "--to-plain-http", RegistryWork.At(place, "host", "app:v1"), RegistryWork.At(place, "slow", RegistryWork.NewName() + ":v1")) },
            new Trial { Name = "skopeo copy", Command = place => Skopeo(place, "copy", "--insecure-policy", "--src-tls-verify=false", "--dest-tls-verify=false", "--preserve-digests", "docker://" + RegistryWork.At(place, "host", "app:v1"), "docker://" + RegistryWork.At(place, "slow", RegistryWork.NewName() + ":v1")) },
            new Trial { Name = "crane copy", Command = place => Engine.Tool("crane", "copy", "--insecure", RegistryWork.At(place, "host", "app:v1"), RegistryWork.At(place, "slow", RegistryWork.NewName() + ":v1")) },
        ],
        Goal = new Goal(OfPeers: 1.05),
    };

    private static Case Process() => new()
    {
        Name = "registry-pull-process",
        Work = $"import and pull of an image of 1 KiB, a whole process of {Engine.Name}, beside Get-OciTag of a layout",
        Needs = "docker-registry",
        Setup = place =>
        {
            Images.WriteLarge(place.InShared("store"), 1, 1024);
            RegistryServer.Start(place, "host");
            RegistryWork.Fill(place, "host", "app");
        },
        Limit = [new Trial { Name = "Get-OciTag", Command = place => Engine.WithModule($"$null = Get-OciTag '{place.InShared("store")}'") }],
        Ours = new Trial { Name = "ours", Command = place => Engine.WithModule($"Copy-OciContent 'oci://{RegistryWork.At(place, "host", "app:v1")}' -Destination '{place.InScratch("to")}'") },
        Goal = new Goal(OverLimit: 150),
    };

    private static void Begin(Place place, int layers, long size)
    {
        Images.WriteLarge(place.InShared("store"), layers, place.Bytes(size));
        RegistryServer.Start(place, "host");
        RegistryWork.Fill(place, "host", "app");
        RegistryWork.PrepareWarmUp(place);
    }
}
