using System;
using System.Formats.Tar;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using OciLayout.Tests;

namespace OciLayout.Interop.Tests;

/// <summary>Pushes a tiny image, which can be unpacked, through the core.</summary>
internal static class TinyImage
{
    public const string Greeting = "made by hand\n";

    private static readonly string[] Architectures = ["amd64", "arm64"];

    /// <summary>Pushes the layer, config and manifest of one platform, and returns the descriptor of the manifest.</summary>
    public static Descriptor Push(OciStore store, string? tag = null, string architecture = "amd64", string greeting = Greeting, Descriptor? subject = null)
    {
        var layer = Layer(greeting);
        var pushedLayer = store.Push(new PushRequest { MediaType = "application/vnd.oci.image.layer.v1.tar" }, new MemoryStream(layer)).Descriptor;
        var config = TestDocument.Bytes(new JsonObject
        {
            ["created"] = "2026-01-01T00:00:00Z",
            ["architecture"] = architecture,
            ["os"] = "linux",
            ["config"] = new JsonObject { ["Cmd"] = new JsonArray("/greeting") },
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray(Digest.Compute(layer).ToString()) },
            ["history"] = new JsonArray(new JsonObject { ["created"] = "2026-01-01T00:00:00Z", ["created_by"] = "hand" }),
        });
        var pushedConfig = store.Push(new PushRequest { MediaType = "application/vnd.oci.image.config.v1+json" }, new MemoryStream(config)).Descriptor;
        var manifest = store.Push(new PushRequest { MediaType = MediaTypes.ImageManifest }, new MemoryStream(TestDocument.Image(pushedConfig, [pushedLayer], subject))).Descriptor;
        return tag is null ? manifest : store.Tag(manifest, tag);
    }

    /// <summary>Pushes an index of images for amd64 and arm64, and returns its descriptor.</summary>
    public static Descriptor PushMultiPlatform(OciStore store, string tag)
    {
        var platforms = Architectures.Select(a =>
        {
            var image = Push(store, null, a, $"on {a}\n");
            return new Descriptor(image.MediaType, image.Digest, image.Size) { Platform = new Platform("linux", a) };
        }).ToArray();
        var index = store.Push(new PushRequest { MediaType = MediaTypes.ImageIndex }, new MemoryStream(TestDocument.Index(platforms))).Descriptor;
        return store.Tag(index, tag);
    }

    private static byte[] Layer(string greeting)
    {
        using var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "greeting")
            {
                DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(greeting)),
                ModificationTime = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
            });
        }

        return stream.ToArray();
    }
}
