using System;
using System.IO;
using System.IO.Compression;
using System.Linq;

namespace OciLayout.Tests.Images;

/// <summary>A layout with images whose layers are made of tar archives.</summary>
internal sealed class ImageLayout : IDisposable
{
    public TestLayout Layout { get; } = new();

    public void Dispose() => Layout.Dispose();

    /// <summary>Stores an image.</summary>
    /// <param name="platform">The platform in its configuration.</param>
    /// <param name="config">The configuration; null to make one that states the layers.</param>
    /// <param name="layers">The layers, from the bottom to the top.</param>
    public Descriptor Push(string platform, string? config = null, params Layer[] layers)
    {
        var parsed = Platform.Parse(platform);
        var variant = parsed.Variant is null ? "" : $"\"variant\":\"{parsed.Variant}\",";
        config ??= $$$"""
            {"architecture":"{{{parsed.Architecture}}}",{{{variant}}}"os":"{{{parsed.OS}}}","config":{},
             "rootfs":{"type":"layers","diff_ids":[{{{string.Join(",", layers.Select(l => $"\"{l.DiffId}\""))}}}]}}
            """;
        var stored = layers.Select(l => PushBlob(l.MediaType, l.Stored)).ToArray();
        return PushBlob(MediaTypes.ImageManifest, Sample.Manifest("image", PushBlob("application/vnd.oci.image.config.v1+json", Sample.Bytes(config)), stored));
    }

    public Descriptor PushIndex(params Descriptor[] members) => PushBlob(MediaTypes.ImageIndex, Sample.Bytes(Sample.Index([.. members.Select(Sample.Json)])));

    public Descriptor PushBlob(string mediaType, byte[] content) =>
        Layout.Store.Push(new PushRequest { MediaType = mediaType }, new MemoryStream(content)).Descriptor;

    /// <summary>A layer of a made image.</summary>
    /// <param name="Tar">The tar archive.</param>
    internal sealed record Layer(byte[] Tar)
    {
        /// <summary>The digest in the configuration.</summary>
        public string DiffId { get; init; } = Digest.Compute(Tar).ToString();

        public string MediaType { get; init; } = "application/vnd.oci.image.layer.v1.tar+gzip";

        /// <summary>The stored bytes. The default is the archive, compressed with gzip.</summary>
        public byte[] Stored { get; init; } = Gzip(Tar);

        public static byte[] Gzip(byte[] content)
        {
            using var memory = new MemoryStream();
            using (var gzip = new GZipStream(memory, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(content);
            return memory.ToArray();
        }
    }
}
