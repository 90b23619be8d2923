using System.IO;
using System.Linq;
using System.Text;

namespace OciLayout.Tests.Registry;

/// <summary>The shapes of content that a copy has to carry, each under a tag of its name in a layout.</summary>
internal sealed class CopyShapes
{
    /// <summary>The names of the shapes.</summary>
    public static readonly string[] Names = ["image", "index", "nested", "artifact", "docker", "signed"];

    /// <summary>The shapes that only a registry with all digest algorithms carries.</summary>
    public static readonly string[] All = [.. Names, "sha512"];

    private const string Config = "application/vnd.oci.image.config.v1+json";
    private const string Layer = "application/vnd.oci.image.layer.v1.tar";
    private const string DockerConfig = "application/vnd.docker.container.image.v1+json";
    private const string DockerLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip";

    private readonly OciStore _store;

    private readonly DigestAlgorithm _algorithm;

    private CopyShapes(OciStore store, DigestAlgorithm algorithm) => (_store, _algorithm) = (store, algorithm);

    /// <summary>Creates a layout with a shape and returns it.</summary>
    public static OciStore Create(string path, string shape)
    {
        var store = OciStore.Create(path, new OciStoreOptions { Flush = false });
        var shapes = new CopyShapes(store, shape == "sha512" ? DigestAlgorithm.Sha512 : DigestAlgorithm.Sha256);
        store.Tag(shapes.Make(shape), shape);
        return store;
    }

    private Descriptor Make(string shape)
    {
        switch (shape)
        {
            case "image": return Image("amd64");
            case "index": return Index(MediaTypes.ImageIndex, Image("amd64"), Image("arm64"));
            case "nested": return Index(MediaTypes.ImageIndex, Index(MediaTypes.ImageIndex, Image("amd64"), Image("arm64")), Image("s390x"));
            case "sha512": return Index(MediaTypes.ImageIndex, Image("amd64"));
            case "docker": return Index(MediaTypes.DockerManifestList, Image("amd64", MediaTypes.DockerManifest));
            case "signed":
                var image = Image("amd64");
                var index = Index(MediaTypes.ImageIndex, image, Image("arm64"));
                var cosign = Attach(index, ".sig");
                Attach(image, ".att");
                Attach(cosign, ".sig");
                Attach(Artifact("application/x-sbom", index), ".sbom");
                return index;
            default:
                var artifact = Artifact("application/x-tool", null);
                var signature = Artifact("application/x-signature", artifact);
                Artifact("application/x-sbom", artifact);
                Artifact("application/x-countersignature", signature);
                return artifact;
        }
    }

    private Descriptor Image(string architecture, string type = MediaTypes.ImageManifest)
    {
        var isDocker = type == MediaTypes.DockerManifest;
        var config = Blob(Encoding.UTF8.GetBytes($$"""{"os":"linux","architecture":"{{architecture}}"}"""), isDocker ? DockerConfig : Config);
        var own = Blob(TestImage.Bytes(300_000, architecture.Sum(c => c)), isDocker ? DockerLayer : Layer);
        var shared = Blob(TestImage.Bytes(5000, 1), isDocker ? DockerLayer : Layer);
        return Manifest($$"""{"schemaVersion":2,"mediaType":"{{type}}","config":{{Json(config)}},"layers":[{{Json(shared)}},{{Json(own)}}]}""", type);
    }

    private Descriptor Artifact(string type, Descriptor? subject)
    {
        var config = Blob("{}"u8.ToArray(), "application/vnd.oci.empty.v1+json");
        var file = Blob(Encoding.UTF8.GetBytes(type), "text/plain");
        var attached = subject is null ? "" : $",\"subject\":{Json(subject)}";
        return Manifest(
            $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageManifest}}","artifactType":"{{type}}","config":{{Json(config)}},"layers":[{{Json(file)}}]{{attached}}}""", MediaTypes.ImageManifest);
    }

    // Attaches a manifest as cosign does: without a subject, under a tag made from the digest.
    private Descriptor Attach(Descriptor subject, string suffix)
    {
        var config = Blob("{}"u8.ToArray(), Config);
        var payload = Blob(Encoding.UTF8.GetBytes($"signs {subject.Digest}"), "application/vnd.dev.cosign.simplesigning.v1+json");
        var manifest = Manifest($$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageManifest}}","config":{{Json(config)}},"layers":[{{Json(payload)}}]}""", MediaTypes.ImageManifest);
        return _store.Tag(manifest, $"sha256-{subject.Digest.Encoded}{suffix}");
    }

    private Descriptor Index(string type, params Descriptor[] members) =>
        Manifest($$"""{"schemaVersion":2,"mediaType":"{{type}}","manifests":[{{string.Join(",", members.Select(Json))}}]}""", type);

    private Descriptor Blob(byte[] bytes, string type) => _store.Push(new PushRequest { MediaType = type, Algorithm = _algorithm }, new MemoryStream(bytes)).Descriptor;

    private Descriptor Manifest(string json, string type) => _store.Push(new PushRequest { MediaType = type, AsManifest = true, Algorithm = _algorithm }, new MemoryStream(Encoding.UTF8.GetBytes(json))).Descriptor;

    private static string Json(Descriptor d) => $$"""{"mediaType":"{{d.MediaType}}","digest":"{{d.Digest}}","size":{{d.Size}}}""";
}
