using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;

namespace OciLayout.Bench.Cases;

/// <summary>Cases of many small requests to docker-registry, behind a relay that delays each answer by 20 ms.</summary>
internal static class RegistrySync
{
    private const int Images100 = 100;
    private const int LayersPerImage = 10;

    private static readonly RelaySettings Slow = new(Delay: TimeSpan.FromMilliseconds(20));

    public static IEnumerable<Case> Cases => [Artifacts(), UpToDate(), TopLayer(), Mount(), List(), OnePlatform(), Cut()];

    private static Case Artifacts() => new()
    {
        Name = "registry-pull-artifacts",
        Work = "pull an index of 1,000 artifacts of 4 KiB, 20 ms",
        Needs = "docker-registry",
        Setup = place =>
        {
            WriteIndex(place.InShared("store"), place.Of(1000), 4096, withPlatforms: false);
            Begin(place);
        },
        Ours = new Trial { Name = "ours", WarmUp = RegistryWork.WarmUp, Run = place => RegistryWork.Pull(place, "app") },
        Peers =
        [
            new Trial { Name = "oras cp", Command = place => Engine.Tool("oras", "cp", "--from-plain-http", "--to-oci-layout", RegistryWork.At(place, "host", "app:v1"), place.InScratch("to") + ":v1") },
            new Trial { Name = "skopeo copy --all", Command = place => Engine.Tool("skopeo", "copy", "--all", "--insecure-policy", "--src-tls-verify=false", "--preserve-digests", "docker://" + RegistryWork.At(place, "host", "app:v1"), $"oci:{place.InScratch("to")}:v1") },
        ],
        Goal = new Goal(OfPeers: 1),
    };

    private static Case UpToDate() => new()
    {
        Name = "registry-pull-nothing-new",
        Work = "pull 100 tags of 10 layers to a layout that has them all, 20 ms",
        Needs = "docker-registry",
        Setup = place =>
        {
            Images.Write(place.InShared("store"), place.Of(Images100), LayersPerImage);
            Begin(place);
        },
        Ours = new Trial
        {
            Name = "ours",
            WarmUp = RegistryWork.WarmUp,
            Run = place =>
            {
                using var registry = RegistryWork.Open(place, "host");
                var repository = registry.GetRepository("app");
                var tags = repository.GetTagsAsync().GetAwaiter().GetResult();
                var roots = new CopyRoot[tags.Count];
                Parallel.ForAsync(0, tags.Count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, stop) => roots[i] = new CopyRoot(await repository.ResolveAsync(tags[i], stop), tags[i])).GetAwaiter().GetResult();
                using var copy = new OciCopy(repository, OciStore.Open(place.InShared("store"), new OciStoreOptions { Flush = false }));
                var result = copy.RunAsync(copy.PlanAsync(roots).GetAwaiter().GetResult()).GetAwaiter().GetResult();
                if (result.CopiedCount != 0) throw new InvalidOperationException($"{result.CopiedCount} copied");
            },
        },
        Peers =
        [
            new Trial { Name = "skopeo sync", Command = place => Engine.Tool("skopeo", "sync", "--insecure-policy", "--src-tls-verify=false", "--src", "docker", "--dest", "dir", RegistryWork.At(place, "host", "app"), place.InShared("synced")) },
        ],
        Goal = new Goal(OfPeers: 1),
    };

    private static Case TopLayer() => new()
    {
        Name = "registry-push-top-layer",
        Work = "push an image of 10 layers of which the registry lacks one, 20 ms",
        Needs = "docker-registry",
        Setup = place =>
        {
            Images.Write(place.InShared("base"), 1, LayersPerImage - 1);
            Images.Write(place.InShared("store"), 1, LayersPerImage);
            RegistryServer.Start(place, "host", Slow);
            RegistryWork.PrepareWarmUp(place);
        },
        Ours = new Trial
        {
            Name = "ours",
            Prepare = place => Based(place, "ours"),
            WarmUp = RegistryWork.WarmUp,
            Run = place =>
            {
                using var registry = RegistryWork.Open(place, "host");
                RegistryWork.Copy(OciStore.Open(place.InShared("store")), registry.GetRepository(Base(place, "ours")));
            },
        },
        Peers =
        [
            new Trial { Name = "oras cp", Prepare = place => Based(place, "oras"), Command = place => Engine.Tool("oras", "cp", "--to-plain-http", "--from-oci-layout", place.InShared("store") + ":v000000", RegistryWork.At(place, "host", Base(place, "oras") + ":v1")) },
            new Trial { Name = "skopeo copy", Prepare = place => Based(place, "skopeo"), Command = place => Engine.Tool("skopeo", "copy", "--insecure-policy", "--dest-tls-verify=false", "--preserve-digests", $"oci:{place.InShared("store")}:v000000", "docker://" + RegistryWork.At(place, "host", Base(place, "skopeo") + ":v1")) },
            new Trial { Name = "crane push", Prepare = place => Based(place, "crane"), Command = place => Engine.Tool("crane", "push", "--insecure", place.InShared("store"), RegistryWork.At(place, "host", Base(place, "crane") + ":v1")) },
        ],
        Goal = new Goal(OfPeers: 0.95),
    };

    private static Case Mount() => new()
    {
        Name = "registry-mount",
        Work = "copy an image of 20 layers to a second repository of the same registry, 20 ms",
        Needs = "docker-registry",
        Setup = place =>
        {
            Images.WriteLarge(place.InShared("store"), 20, place.Bytes(1 << 20));
            Begin(place);
        },
        Ours = new Trial
        {
            Name = "ours",
            WarmUp = RegistryWork.WarmUp,
            Run = place =>
            {
                using var registry = RegistryWork.Open(place, "host");
                RegistryWork.Copy(registry.GetRepository("app"), registry.GetRepository(RegistryWork.NewName()));
            },
        },
        Peers =
        [
            new Trial { Name = "crane copy", Command = place => Engine.Tool("crane", "copy", "--insecure", RegistryWork.At(place, "host", "app:v1"), RegistryWork.At(place, "host", RegistryWork.NewName() + ":v1")) },
            new Trial { Name = "oras cp", Command = place => Engine.Tool("oras", "cp", "--from-plain-http", "--to-plain-http", RegistryWork.At(place, "host", "app:v1"), RegistryWork.At(place, "host", RegistryWork.NewName() + ":v1")) },
        ],
        Goal = new Goal(OfPeers: 1),
    };

    private static Case List() => new()
    {
        Name = "registry-list-10000",
        Work = "list 10,000 tags, 20 ms",
        Needs = "docker-registry",
        Setup = place =>
        {
            Images.Write(place.InShared("store"), 1);
            Begin(place);
            // The links of the tags are files. A push of each one would take minutes.
            var tags = place.InShared("host-data/docker/registry/v2/repositories/app/_manifests/tags");
            var link = Directory.EnumerateFiles(tags, "link", SearchOption.AllDirectories).First(f => f.EndsWith("current/link", StringComparison.Ordinal));
            for (var i = 1; i < place.Of(10_000); i++)
            {
                var current = Directory.CreateDirectory(Path.Combine(tags, Images.Tag(i), "current")).FullName;
                File.Copy(link, Path.Combine(current, "link"));
            }
        },
        Ours = new Trial
        {
            Name = "ours",
            WarmUp = RegistryWork.WarmUp,
            Run = place =>
            {
                using var registry = RegistryWork.Open(place, "host");
                var count = registry.GetRepository("app").GetTagsAsync().GetAwaiter().GetResult().Count;
                if (count != place.Of(10_000)) throw new InvalidOperationException($"{count} tags");
            },
        },
        Peers =
        [
            new Trial { Name = "oras repo tags", Command = place => Engine.Tool("oras", "repo", "tags", "--plain-http", RegistryWork.At(place, "host", "app")) },
            new Trial { Name = "crane ls", Command = place => Engine.Tool("crane", "ls", "--insecure", RegistryWork.At(place, "host", "app")) },
            new Trial { Name = "skopeo list-tags", Command = place => Engine.Tool("skopeo", "list-tags", "--tls-verify=false", "docker://" + RegistryWork.At(place, "host", "app")) },
        ],
        Goal = new Goal(OfPeers: 1.7),
    };

    private static Case OnePlatform() => new()
    {
        Name = "registry-pull-platform",
        Work = "pull one image of an index of 20 platforms, 20 ms",
        Needs = "docker-registry",
        Setup = place =>
        {
            WriteIndex(place.InShared("store"), 20, 4096, withPlatforms: true);
            Begin(place);
        },
        Ours = new Trial { Name = "ours", WarmUp = RegistryWork.WarmUp, Run = place => RegistryWork.Pull(place, "app", platform: new Platform("linux", "arch7")) },
        Peers =
        [
            new Trial { Name = "oras cp --platform", Command = place => Engine.Tool("oras", "cp", "--from-plain-http", "--to-oci-layout", "--platform", "linux/arch7", RegistryWork.At(place, "host", "app:v1"), place.InScratch("to") + ":v1") },
            new Trial { Name = "crane pull --platform", Command = place => Engine.Tool("crane", "pull", "--insecure", "--format=oci", "--platform", "linux/arch7", RegistryWork.At(place, "host", "app:v1"), place.InScratch("to")) },
        ],
        Goal = new Goal(OfPeers: 1.8),
    };

    private static Case Cut() => new()
    {
        Name = "registry-pull-cut",
        Work = "pull one blob of 1 GiB over connections that break after 64 MiB",
        Needs = "docker-registry",
        Setup = place =>
        {
            Images.WriteLarge(place.InShared("store"), 1, place.Bytes(1L << 30));
            // A reset discards what the client has not read, so a shorter connection may make too little progress for further attempts.
            RegistryServer.Start(place, "host", new RelaySettings(CutAfter: Math.Max((64L << 20) / place.Scale, 8 << 20)));
            RegistryWork.Fill(place, "host", "app");
            RegistryWork.PrepareWarmUp(place);
        },
        Ours = new Trial { Name = "ours", WarmUp = RegistryWork.WarmUp, Run = place => RegistryWork.Pull(place, "app") },
    };

    private static void Begin(Place place)
    {
        RegistryServer.Start(place, "host", Slow);
        RegistryWork.Fill(place, "host", "app");
        RegistryWork.PrepareWarmUp(place);
    }

    // Stores the image without its top layer in a new repository, whose name the trial reads.
    private static void Based(Place place, string peer)
    {
        var name = RegistryWork.NewName();
        File.WriteAllText(place.InShared("base-" + peer), name);
        RegistryWork.Fill(place, "host", name, "base");
    }

    private static string Base(Place place, string peer) => File.ReadAllText(place.InShared("base-" + peer));

    private static void WriteIndex(string root, int count, int size, bool withPlatforms)
    {
        var index = Images.Begin(root);
        var manifests = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var layer = new byte[size];
            new Random(i).NextBytes(layer);
            var config = withPlatforms ? Encoding.UTF8.GetBytes($"{{\"architecture\":\"arch{i}\",\"os\":\"linux\",\"rootfs\":{{\"type\":\"layers\",\"diff_ids\":[]}}}}") : Images.Config(i);
            var manifest = Encoding.UTF8.GetBytes(
                $"{{\"schemaVersion\":2,\"mediaType\":\"{Images.ManifestType}\",\"config\":{Images.Descriptor(Images.ConfigType, Images.Blob(root, config), config.Length)},"
                + $"\"layers\":[{Images.Descriptor(Images.LayerType, Images.Blob(root, layer), layer.Length)}]}}");
            var descriptor = Images.Descriptor(Images.ManifestType, Images.Blob(root, manifest), manifest.Length);
            manifests.Add($"{descriptor[..^1]},\"platform\":{{\"os\":\"linux\",\"architecture\":\"{(withPlatforms ? $"arch{i}" : "amd64")}\"}}}}");
        }

        var document = Encoding.UTF8.GetBytes($"{{\"schemaVersion\":2,\"mediaType\":\"{Images.IndexType}\",\"manifests\":[{string.Join(",", manifests)}]}}");
        Images.Entry(index, Images.Blob(root, document), document.Length, "v1", Images.IndexType);
        Images.End(root, index);
    }
}
