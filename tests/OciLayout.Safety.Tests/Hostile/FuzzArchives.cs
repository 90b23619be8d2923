using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using OciLayout.Archives;
using OciLayout.Layout;
using OciLayout.Model;

namespace OciLayout.Safety.Hostile;

/// <summary>Small archives of layouts and of <c>docker save</c>, and random changes of them.</summary>
internal static class FuzzArchives
{
    private const int Block = TarHeader.Size;

    /// <summary>The files of each archive, in order.</summary>
    public static readonly IReadOnlyList<IReadOnlyList<(string Name, byte[] Content)>> Files = [Layout(), Docker()];

    public static byte[] Pack(IEnumerable<(string Name, byte[] Content)> files)
    {
        var result = new MemoryStream();
        var tar = new TarWriter(result);
        foreach ((string name, byte[] content) in files) tar.AddFile(name, content);
        tar.Finish();
        return result.ToArray();
    }

    /// <summary>Returns an archive with changed documents, headers or bytes, sometimes compressed.</summary>
    public static byte[] Next(Random chance)
    {
        List<(string Name, byte[] Content)> files = [.. Files[chance.Next(Files.Count)]];
        int at = chance.Next(files.Count);
        switch (chance.Next(6))
        {
            case 0:
                files.RemoveAt(at);
                break;
            case 1:
                files.Insert(chance.Next(files.Count + 1), files[at]);
                break;
            case 2:
                files.Add(Files[chance.Next(Files.Count)][0]);
                break;
            default:
                int document = files.FindIndex(at, f => f.Content.Length > 0 && f.Content[0] is (byte)'{' or (byte)'[');
                if (document >= 0) files[document] = (files[document].Name, new Mutator(chance, [files[document].Content]).Next());
                break;
        }

        byte[] archive = Pack(files);
        if (chance.Next(3) == 0) archive = Resealed(new Mutator(chance, [archive]).Next());
        return chance.Next(3) == 0 ? Compress(archive, chance) : archive;
    }

    /// <summary>Returns the archive with correct header checksums, so that the reader accepts changed headers.</summary>
    public static byte[] Resealed(byte[] archive)
    {
        byte[] result = [.. archive];
        for (int at = 0; at + Block <= result.Length; at += Block)
        {
            Span<byte> header = result.AsSpan(at, Block);
            if (!header.Slice(257, 5).SequenceEqual("ustar"u8)) continue;
            header.Slice(148, 8).Fill((byte)' ');
            int sum = 0;
            foreach (byte value in header) sum += value;
            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
        }

        return result;
    }

    // Writes one gzip member, or several as pigz does.
    private static byte[] Compress(byte[] archive, Random chance)
    {
        var result = new MemoryStream();
        int half = chance.Next(2) == 0 ? archive.Length : chance.Next(archive.Length + 1);
        foreach (byte[] part in new[] { archive[..half], archive[half..] })
        {
            using var gzip = new GZipStream(result, CompressionLevel.Fastest, leaveOpen: true);
            gzip.Write(part);
        }

        byte[] bytes = result.ToArray();
        return chance.Next(4) == 0 ? new Mutator(chance, [bytes]).Next() : bytes;
    }

    private static List<(string Name, byte[] Content)> Layout()
    {
        byte[] config = "{}"u8.ToArray(), layer = "a layer"u8.ToArray();
        byte[] image = Bytes($$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageManifest}}","config":{{Json(MediaTypes.Empty, config)}},"layers":[{{Json("text/plain", layer)}}] }""");
        byte[] index = Bytes($$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageIndex}}","manifests":[{{Json(MediaTypes.ImageManifest, image)}}]}""");
        string entry = Json(MediaTypes.ImageManifest, image)[..^1] + ""","annotations":{"io.containerd.image.name":"example.com/app:1","org.opencontainers.image.ref.name":"1"}}""";
        string other = Json(MediaTypes.ImageIndex, index)[..^1] + ""","annotations":{"org.opencontainers.image.ref.name":"1","io.containerd.image.name":"example.com/app:1","note":"x"}}""";
        return
        [
            ("oci-layout", """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray()),
            ("index.json", Bytes($$"""{"schemaVersion":2,"manifests":[{{entry}},{{other}},{{Json(MediaTypes.ImageManifest, image)}}]}""")),
            .. new[] { config, layer, image, index }.Select(c => (LayoutNames.Blob(Digest.Compute(c)), c)),
        ];
    }

    private static List<(string Name, byte[] Content)> Docker()
    {
        byte[] layer = Pack([("file", "text"u8.ToArray())]);
        byte[] config = Bytes($$"""{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["{{Digest.Compute(layer)}}"]} }""");
        return
        [
            ("l/layer.tar", layer),
            ("l/VERSION", "1.0"u8.ToArray()),
            ("c.json", config),
            ("manifest.json", """[{"Config":"c.json","RepoTags":["app:1","example.com/app:2"],"Layers":["l/layer.tar"]},{"Config":"c.json","RepoTags":null,"Layers":["l/layer.tar"]}]"""u8.ToArray()),
        ];
    }

    private static string Json(string mediaType, byte[] content) => Bytes(DescriptorJson.Write(new Descriptor(mediaType, Digest.Compute(content), content.Length)));

    private static string Bytes(byte[] text) => Encoding.UTF8.GetString(text);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
