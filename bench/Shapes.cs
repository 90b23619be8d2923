using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;

namespace OciLayout.Bench;

/// <summary>Writes layouts that are made to cost more time or memory than their size explains.</summary>
internal static class Shapes
{
    /// <summary>The tag that every shape has, besides its special content.</summary>
    public const string Other = "other";

    /// <summary>Writes an index of <paramref name="count"/> blobs with tags. The digests differ in few bits, so that a simple hash of them collides.</summary>
    public static void Crafted(string root, int count)
    {
        var index = Begin(root);
        for (var i = 0; i < count; i++)
        {
            var digest = string.Create(CultureInfo.InvariantCulture, $"sha256:{(long)i << 34:x16}{(long)i << 50:x16}{0:x32}");
            File.WriteAllBytes(Images.BlobPath(root, digest), "{}"u8);
            Images.Entry(index, digest, 2, Images.Tag(i), Images.LayerType);
        }

        Images.End(root, index);
    }

    /// <summary>Writes an image with <paramref name="count"/> tags.</summary>
    public static void Tags(string root, int count)
    {
        var index = Begin(root);
        var manifest = Encoding.UTF8.GetBytes(Images.Manifest(root, 0, 1));
        var digest = Images.Blob(root, manifest);
        for (var i = 0; i < count; i++) Images.Entry(index, digest, manifest.Length, Images.Tag(i));
        Images.End(root, index);
    }

    /// <summary>Writes one index in the other, <paramref name="count"/> levels deep. Each lists the next one twice, so there are 2^count paths.</summary>
    public static void Paths(string root, int count) => Chain(root, count, times: 2);

    /// <summary>Writes one index in the other, <paramref name="count"/> levels deep.</summary>
    public static void Depth(string root, int count) => Chain(root, count, times: 1);

    /// <summary>Writes <paramref name="count"/> referrers of one image.</summary>
    public static void Referrers(string root, int count)
    {
        var index = Begin(root);
        var subject = Encoding.UTF8.GetBytes(Images.Manifest(root, 0, 1));
        var digest = Images.Blob(root, subject);
        Images.Entry(index, digest, subject.Length, Images.Tag(0));
        var attached = $",\"artifactType\":\"application/spdx+json\",\"subject\":{Images.Descriptor(Images.ManifestType, digest, subject.Length)}";
        for (var i = 1; i <= count; i++)
        {
            var referrer = Encoding.UTF8.GetBytes(Images.Manifest(root, i, 1, attached));
            Images.Entry(index, Images.Blob(root, referrer), referrer.Length, null);
        }

        Images.End(root, index);
    }

    /// <summary>Writes an index that lists <paramref name="count"/> manifests, which are not stored; 209 bytes each.</summary>
    public static void Index(string root, int count)
    {
        var index = Begin(root);
        for (var i = 0; i < count; i++) Images.Entry(index, Images.DigestOf(BitConverter.GetBytes(i)), 500, Images.Tag(i));
        Images.End(root, index);
    }

    /// <summary>Writes <paramref name="count"/> blobs that nothing references.</summary>
    public static void Blobs(string root, int count)
    {
        var index = Begin(root);
        Parallel.For(0, count, i => Images.Blob(root, BitConverter.GetBytes(i)));
        Images.End(root, index);
    }

    // Begins an index with an ordinary image.
    private static StringBuilder Begin(string root)
    {
        var index = Images.Begin(root);
        var manifest = Encoding.UTF8.GetBytes(Images.Manifest(root, 1_000_000, 1));
        Images.Entry(index, Images.Blob(root, manifest), manifest.Length, Other);
        return index;
    }

    private static void Chain(string root, int count, int times)
    {
        var index = Begin(root);
        var manifest = Encoding.UTF8.GetBytes(Images.Manifest(root, 0, 0));
        var (type, digest, size) = (Images.ManifestType, Images.Blob(root, manifest), manifest.Length);
        for (var i = 0; i < count; i++)
        {
            var members = string.Join(",", Enumerable.Repeat(Images.Descriptor(type, digest, size), times));
            var document = Encoding.UTF8.GetBytes($"{{\"schemaVersion\":2,\"mediaType\":\"{Images.IndexType}\",\"manifests\":[{members}]}}");
            (type, digest, size) = (Images.IndexType, Images.Blob(root, document), document.Length);
        }

        Images.Entry(index, digest, size, Images.Tag(0), type);
        Images.End(root, index);
    }
}
