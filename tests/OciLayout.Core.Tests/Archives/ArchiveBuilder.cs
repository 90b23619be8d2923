using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;

namespace OciLayout.Tests.Archives;

/// <summary>Writes tar archives byte by byte, including invalid ones.</summary>
internal sealed class ArchiveBuilder
{
    private const int Block = 512;

    private readonly List<byte> _bytes = [];

    /// <summary>Returns an archive of a layout with one tagged image, without the files that <paramref name="without"/> selects.</summary>
    public static ArchiveBuilder Layout(string tag = "v1", Func<string, bool>? without = null)
    {
        var config = Sample.Bytes("{}");
        var layer = Sample.Bytes("layer of " + tag);
        var manifest = Sample.Manifest(tag, Sample.Describe(MediaTypes.Empty, config), Sample.Describe("text/plain", layer));
        var result = new ArchiveBuilder();
        void Add(string name, byte[] content)
        {
            if (without?.Invoke(name) != true) result.File(name, content);
        }

        Add("oci-layout", """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray());
        Add("index.json", Sample.Bytes(Sample.Index(Sample.Entry(Sample.Describe(MediaTypes.ImageManifest, manifest), tag))));
        foreach (var content in new[] { config, layer, manifest }) Add(Name(content), content);
        return result;
    }

    /// <summary>Returns the path of a blob in a layout.</summary>
    public static string Name(byte[] content) => "blobs/sha256/" + Digest.Compute(content).Encoded;

    public ArchiveBuilder Blob(byte[] content) => File(Name(content), content);

    public ArchiveBuilder File(string name, byte[] content) => Entry(name, '0', content.Length, content);

    public ArchiveBuilder File(string name, string content) => File(name, Sample.Bytes(content));

    public ArchiveBuilder Link(string name, string target, char type = '2') => Raw(Header(name, type, 0, target));

    /// <summary>Adds an entry. The length in its header may differ from the length of its content.</summary>
    public ArchiveBuilder Entry(string name, char type, long length, byte[]? content = null) => Raw(Header(name, type, length)).Data(content ?? []);

    /// <summary>Adds an extended (pax) header and its file.</summary>
    public ArchiveBuilder Pax(string records, string name, byte[] content, char type = 'x') => Entry("pax", type, Encoding.UTF8.GetByteCount(records), Sample.Bytes(records)).File(name, content);

    /// <summary>Adds a long name in the format of GNU tar and its file.</summary>
    public ArchiveBuilder GnuName(string name, byte[] content) => Entry("././@LongLink", 'L', name.Length + 1, Sample.Bytes(name + "\0")).File("short", content);

    public ArchiveBuilder Data(byte[] content) => Raw(content).Raw(new byte[(Block - (content.Length % Block)) % Block]);

    public ArchiveBuilder Raw(byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>Returns one record of an extended header.</summary>
    public static string Record(string key, string value)
    {
        var rest = Encoding.UTF8.GetByteCount(key + value) + 3;
        var length = rest;
        while (length != rest + length.ToString().Length) length++;
        return $"{length} {key}={value}\n";
    }

    /// <summary>Returns a header with a correct checksum.</summary>
    public static byte[] Header(string name, char type, long length, string target = "", Action<byte[]>? change = null)
    {
        var block = new byte[Block];
        void Put(int at, string text) => Encoding.UTF8.GetBytes(text).CopyTo(block, at);
        Put(0, name);
        Put(100, "0000644\0");
        Put(108, "0000000\0");
        Put(116, "0000000\0");
        Put(124, Convert.ToString(length, 8).PadLeft(11, '0') + "\0");
        Put(136, "00000000000\0");
        block[156] = (byte)type;
        Put(157, target);
        Put(257, "ustar\0" + "00");
        change?.Invoke(block);
        Seal(block);
        return block;
    }

    public static void Seal(byte[] block)
    {
        block.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes(Convert.ToString(block.Sum(b => b), 8).PadLeft(6, '0') + "\0 ").CopyTo(block, 148);
    }

    public byte[] ToBytes(bool end = true) => end ? [.. _bytes, .. new byte[2 * Block]] : [.. _bytes];

    public string Save(string path)
    {
        System.IO.File.WriteAllBytes(path, ToBytes());
        return path;
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionLevel.Fastest)) gzip.Write(bytes);
        return result.ToArray();
    }
}
