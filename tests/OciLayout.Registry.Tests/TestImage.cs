using System;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Content for registries: blobs of bytes that do not compress, and manifests that reference them.</summary>
internal sealed record TestImage(byte[] Layer, byte[] Config, byte[] Manifest)
{
    /// <summary>The descriptor of the layer.</summary>
    public Descriptor LayerDescriptor => BlobOf(Layer);

    /// <summary>The descriptor of the configuration.</summary>
    public Descriptor ConfigDescriptor => BlobOf(Config, "application/vnd.oci.image.config.v1+json");

    /// <summary>The descriptor of the manifest.</summary>
    public Descriptor Descriptor => new(MediaTypes.ImageManifest, Digest.Compute(Manifest), Manifest.Length);

    /// <summary>Makes an image with one layer.</summary>
    /// <param name="size">The size of the layer in bytes.</param>
    /// <param name="seed">The seed of the bytes of the layer.</param>
    /// <param name="subject">The subject; null for none.</param>
    public static TestImage Create(int size = 1000, int seed = 1, Descriptor? subject = null)
    {
        var layer = Bytes(size, seed);
        var config = Encoding.UTF8.GetBytes($$"""{"architecture":"amd64","os":"linux","config":{"seed":{{seed}} } }""");
        var subjectText = subject is null ? "" : $$""","subject":{{Json(subject)}}""";
        var type = subject is null ? "" : $$""","artifactType":"application/x-test-{{seed}}","annotations":{"seed":"{{seed}}"}""";
        var text = $$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.ImageManifest}}"{{type}},"config":{{Json(BlobOf(config, "application/vnd.oci.image.config.v1+json"))}},"layers":[{{Json(BlobOf(layer))}}]{{subjectText}}}
            """;
        return new TestImage(layer, config, Encoding.UTF8.GetBytes(text.Trim()));
    }

    /// <summary>Returns bytes that depend on a seed only.</summary>
    public static byte[] Bytes(int size, int seed)
    {
        var bytes = new byte[size];
#pragma warning disable CA5394 // The bytes are not secret.
        new Random(seed).NextBytes(bytes);
#pragma warning restore CA5394
        return bytes;
    }

    /// <summary>Returns the descriptor of a blob.</summary>
    public static Descriptor BlobOf(byte[] bytes, string mediaType = "application/vnd.oci.image.layer.v1.tar") => new(mediaType, Digest.Compute(bytes), bytes.Length);

    /// <summary>Pushes the image with its blobs.</summary>
    public async Task PushAsync(OciRepository repository, string? tag = null)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await repository.PushBlobAsync(LayerDescriptor, new MemoryStream(Layer), null, cancellation);
        await repository.PushBlobAsync(ConfigDescriptor, new MemoryStream(Config), null, cancellation);
        await repository.PushManifestAsync(Manifest, null, tag, cancellation);
    }

    private static string Json(Descriptor d) => $$"""{"mediaType":"{{d.MediaType}}","digest":"{{d.Digest}}","size":{{d.Size}}}""";
}
