using System;
using System.Globalization;
using System.IO;
using System.Security.Cryptography;
using System.Text;

namespace OciLayout.Bench;

/// <summary>Writes layouts with plain file operations, quickly, and the documents that make images.</summary>
internal static class Images
{
    public const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    public const string ConfigType = "application/vnd.oci.image.config.v1+json";
    public const string LayerType = "application/vnd.oci.image.layer.v1.tar+gzip";

    /// <summary>A layout of images, each with a config, layers and a manifest of its own.</summary>
    /// <param name="root">The directory.</param>
    /// <param name="count">How many are tagged: v000000, v000001, ….</param>
    /// <param name="layers">How many layers each has.</param>
    /// <param name="garbage">How many more there are that the index does not list.</param>
    /// <param name="untagged">How many more there are that the index lists without a tag.</param>
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

    /// <summary>An image, and many that have it as their subject.</summary>
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

    /// <summary>The manifest of an image; its content is written when there is a root.</summary>
    public static string Manifest(string? root, int number, int layers, string more = "")
    {
        var text = new StringBuilder();
        text.Append("{\"schemaVersion\":2,\"mediaType\":\"").Append(ManifestType).Append("\",\"config\":").Append(Content(root, ConfigType, Config(number))).Append(",\"layers\":[");
        for (var layer = 0; layer < layers; layer++) text.Append(layer > 0 ? "," : "").Append(Content(root, LayerType, Layer(number, layer)));
        return text.Append(']').Append(more).Append('}').ToString();
    }

    public static string DigestOf(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Writes content under its name.</summary>
    public static string Blob(string root, byte[] bytes)
    {
        var digest = DigestOf(bytes);
        File.WriteAllBytes(BlobPath(root, digest), bytes);
        return digest;
    }

    public static string BlobPath(string root, string digest) => Path.Combine(root, "blobs", "sha256", digest.Substring("sha256:".Length));

    public static string Descriptor(string mediaType, string digest, long size) =>
        $"{{\"mediaType\":\"{mediaType}\",\"digest\":\"{digest}\",\"size\":{size.ToString(CultureInfo.InvariantCulture)}}}";

    /// <summary>Begins a layout whose index is written entry by entry.</summary>
    public static StringBuilder Begin(string root)
    {
        Directory.CreateDirectory(Path.Combine(root, "blobs", "sha256"));
        File.WriteAllText(Path.Combine(root, "oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        return new StringBuilder("{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[");
    }

    public static void Entry(StringBuilder index, string digest, long size, string? tag)
    {
        if (index[^1] == '}') index.Append(',');
        var descriptor = Descriptor(ManifestType, digest, size);
        if (tag is null) index.Append(descriptor);
        else index.Append(descriptor, 0, descriptor.Length - 1).Append(",\"annotations\":{\"org.opencontainers.image.ref.name\":\"").Append(tag).Append("\"}}");
    }

    public static void End(string root, StringBuilder index) => File.WriteAllText(Path.Combine(root, "index.json"), index.Append("]}").ToString());

    private static string Content(string? root, string mediaType, byte[] bytes) =>
        Descriptor(mediaType, root is null ? DigestOf(bytes) : Blob(root, bytes), bytes.Length);
}
