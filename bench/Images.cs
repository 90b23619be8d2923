using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Security.Cryptography;
using System.Text;

namespace OciLayout.Bench;

/// <summary>Writes layouts quickly, with plain file operations, and creates the documents of images.</summary>
internal static class Images
{
    public const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    public const string IndexType = "application/vnd.oci.image.index.v1+json";
    public const string ConfigType = "application/vnd.oci.image.config.v1+json";
    public const string LayerType = "application/vnd.oci.image.layer.v1.tar+gzip";

    /// <summary>Writes a layout of images. Each has its own config, layers and manifest.</summary>
    /// <param name="root">The directory.</param>
    /// <param name="count">The number of tagged images: v000000, v000001, ….</param>
    /// <param name="layers">The number of layers per image.</param>
    /// <param name="garbage">The number of additional images that the index does not list.</param>
    /// <param name="untagged">The number of additional images that the index lists without a tag.</param>
    public static void Write(string root, int count, int layers = 1, int garbage = 0, int untagged = 0)
    {
        var index = Begin(root);
        for (var i = 0; i < count + garbage + untagged; i++)
        {
            var manifest = Encoding.UTF8.GetBytes(Manifest(root, i, layers));
            var digest = Blob(root, manifest);
            if (i < count) Entry(index, digest, manifest.Length, Tag(i));
            else if (i < count + untagged) Entry(index, digest, manifest.Length, null);
        }

        End(root, index);
    }

    /// <summary>Writes a layout with an image and many referrers of it.</summary>
    /// <returns>The digest of the subject.</returns>
    public static string WriteReferrers(string root, int count)
    {
        var index = Begin(root);
        var manifest = Encoding.UTF8.GetBytes(Manifest(root, 0, 1));
        var subject = Blob(root, manifest);
        Entry(index, subject, manifest.Length, "subject");
        for (var i = 1; i <= count; i++)
        {
            var attached = $",\"artifactType\":\"application/spdx+json\",\"subject\":{Descriptor(ManifestType, subject, manifest.Length)}";
            var referrer = Encoding.UTF8.GetBytes(Manifest(root, i, 1, attached));
            Entry(index, Blob(root, referrer), referrer.Length, null);
        }

        End(root, index);
        return subject;
    }

    public static string Tag(int number) => "v" + number.ToString("D6", CultureInfo.InvariantCulture);

    public static byte[] Config(int number) => Encoding.UTF8.GetBytes($"{{\"architecture\":\"amd64\",\"os\":\"linux\",\"author\":\"image {number}\",\"rootfs\":{{\"type\":\"layers\",\"diff_ids\":[]}}}}");

    public static byte[] Layer(int number, int layer) => Encoding.UTF8.GetBytes($"layer {layer} of image {number}: " + new string('x', 64));

    /// <summary>Returns the manifest of an image. Writes its config and layers if there is a root.</summary>
    public static string Manifest(string? root, int number, int layers, string more = "")
    {
        var text = new StringBuilder();
        text.Append("{\"schemaVersion\":2,\"mediaType\":\"").Append(ManifestType).Append("\",\"config\":").Append(Content(root, ConfigType, Config(number))).Append(",\"layers\":[");
        for (var layer = 0; layer < layers; layer++) text.Append(layer > 0 ? "," : "").Append(Content(root, LayerType, Layer(number, layer)));
        return text.Append(']').Append(more).Append('}').ToString();
    }

    /// <summary>Writes a layout with one image, tagged v1, whose layers are random bytes.</summary>
    /// <param name="root">The directory.</param>
    /// <param name="count">The number of layers.</param>
    /// <param name="size">The size of a layer in bytes.</param>
    public static void WriteLarge(string root, int count, long size)
    {
        var index = Begin(root);
        var layers = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var path = Path.Combine(root, "layer" + new string('.', i)); // the bytes depend on the length of the path
            Bare.RandomFile(path, size);
            string digest;
            using (var file = File.OpenRead(path)) digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(file));
            File.Move(path, BlobPath(root, digest), overwrite: true);
            layers.Add(Descriptor(LayerType, digest, size));
        }

        var config = Config(0);
        var manifest = Encoding.UTF8.GetBytes(
            $"{{\"schemaVersion\":2,\"mediaType\":\"{ManifestType}\",\"config\":{Descriptor(ConfigType, Blob(root, config), config.Length)},\"layers\":[{string.Join(",", layers)}]}}");
        Entry(index, Blob(root, manifest), manifest.Length, "v1");
        End(root, index);
    }

    public static string DigestOf(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Writes a blob and returns its digest.</summary>
    public static string Blob(string root, byte[] bytes)
    {
        var digest = DigestOf(bytes);
        File.WriteAllBytes(BlobPath(root, digest), bytes);
        return digest;
    }

    public static string BlobPath(string root, string digest) => Path.Combine(root, "blobs", "sha256", digest.Substring("sha256:".Length));

    public static string Descriptor(string mediaType, string digest, long size) =>
        $"{{\"mediaType\":\"{mediaType}\",\"digest\":\"{digest}\",\"size\":{size.ToString(CultureInfo.InvariantCulture)}}}";

    /// <summary>Creates a layout and returns the beginning of its index.</summary>
    public static StringBuilder Begin(string root)
    {
        Directory.CreateDirectory(Path.Combine(root, "blobs", "sha256"));
        File.WriteAllText(Path.Combine(root, "oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        return new StringBuilder("{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[");
    }

    public static void Entry(StringBuilder index, string digest, long size, string? tag, string mediaType = ManifestType)
    {
        if (index[^1] == '}') index.Append(',');
        var descriptor = Descriptor(mediaType, digest, size);
        if (tag is null) index.Append(descriptor);
        else index.Append(descriptor, 0, descriptor.Length - 1).Append(",\"annotations\":{\"org.opencontainers.image.ref.name\":\"").Append(tag).Append("\"}}");
    }

    public static void End(string root, StringBuilder index) => File.WriteAllText(Path.Combine(root, "index.json"), index.Append("]}").ToString());

    private static string Content(string? root, string mediaType, byte[] bytes) =>
        Descriptor(mediaType, root is null ? DigestOf(bytes) : Blob(root, bytes), bytes.Length);
}
