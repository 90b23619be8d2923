using System;
using System.Collections.Generic;
using System.Formats.Tar;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;

namespace OciLayout.Bench;

/// <summary>Writes images and directories with many files of text, with the tar writer of the framework.</summary>
internal static class RootFileSystem
{
    private const int FilesPerDirectory = 100;
    private const int LongestFile = 4096;

    private static readonly byte[] Text = MakeText(4 << 20);

    /// <summary>Writes a layout with one image, tagged v1. Each layer has its own files, of 2 KiB on average.</summary>
    /// <param name="root">The directory.</param>
    /// <param name="layers">The number of layers.</param>
    /// <param name="files">The number of files of a layer.</param>
    public static void WriteImage(string root, int layers, int files)
    {
        var index = Images.Begin(root);
        var stored = new (string Descriptor, string DiffId)[layers];
        Parallel.For(0, layers, i => stored[i] = WriteLayer(root, i, files));
        var config = Encoding.UTF8.GetBytes($"{{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{{}},\"rootfs\":{{\"type\":\"layers\",\"diff_ids\":[{string.Join(",", stored.Select(l => $"\"{l.DiffId}\""))}]}}}}");
        var manifest = Encoding.UTF8.GetBytes(
            $"{{\"schemaVersion\":2,\"mediaType\":\"{Images.ManifestType}\",\"config\":{Images.Descriptor(Images.ConfigType, Images.Blob(root, config), config.Length)},\"layers\":[{string.Join(",", stored.Select(l => l.Descriptor))}]}}");
        Images.Entry(index, Images.Blob(root, manifest), manifest.Length, "v1");
        Images.End(root, index);
    }

    /// <summary>Returns the path in the image of the last file of a layer.</summary>
    public static string LastFile(int layer, int files) => "/" + NameOf(layer, files - 1);

    /// <summary>Returns the number of files and directories of an image.</summary>
    public static int CountOf(int layers, int files) => 1 + (layers * (1 + ((files + FilesPerDirectory - 1) / FilesPerDirectory) + files));

    /// <summary>Writes a directory of files of text.</summary>
    /// <param name="root">The directory.</param>
    /// <param name="count">The number of files.</param>
    /// <param name="size">The size of a file in bytes.</param>
    public static void WriteFiles(string root, int count, int size)
    {
        Directory.CreateDirectory(root);
        Parallel.For(0, count, i =>
        {
            var random = new Random(i);
            using var file = new FileStream(Path.Combine(root, $"file{i:D5}.txt"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
            for (var left = size; left > 0; left -= LongestFile) file.Write(Text, random.Next(Text.Length - LongestFile), Math.Min(left, LongestFile));
        });
    }

    private static (string Descriptor, string DiffId) WriteLayer(string root, int number, int files)
    {
        var path = Path.Combine(root, $"layer{number}");
        using var diffId = SHA256.Create();
        using (var file = File.Create(path))
        using (var gzip = new GZipStream(file, CompressionLevel.Optimal))
        using (var hashing = new CryptoStream(gzip, diffId, CryptoStreamMode.Write))
        using (var tar = new TarWriter(hashing, TarEntryFormat.Ustar))
        {
            foreach (var entry in Entries(number, files)) tar.WriteEntry(entry);
        }

        byte[] hash;
        using (var file = File.OpenRead(path)) hash = SHA256.HashData(file);
        var digest = "sha256:" + Convert.ToHexStringLower(hash);
        var size = new FileInfo(path).Length;
        File.Move(path, Images.BlobPath(root, digest), overwrite: true);
        return (Images.Descriptor(Images.LayerType, digest, size), "sha256:" + Convert.ToHexStringLower(diffId.Hash!));
    }

    private static IEnumerable<TarEntry> Entries(int layer, int files)
    {
        var random = new Random(layer);
        if (layer == 0) yield return Entry(TarEntryType.Directory, "usr/");
        yield return Entry(TarEntryType.Directory, $"usr/layer{layer}/");
        for (var i = 0; i < files; i++)
        {
            if (i % FilesPerDirectory == 0) yield return Entry(TarEntryType.Directory, DirectoryOf(layer, i) + "/");
            var file = Entry(TarEntryType.RegularFile, NameOf(layer, i));
            var length = random.Next(LongestFile);
            file.DataStream = new MemoryStream(Text, random.Next(Text.Length - LongestFile), length);
            yield return file;
        }
    }

    private static UstarTarEntry Entry(TarEntryType type, string name) => new(type, name)
    {
        ModificationTime = DateTimeOffset.UnixEpoch.AddDays(20_000),
        Mode = (UnixFileMode)(type == TarEntryType.Directory ? 0x1ED : 0x1A4), // 0755, 0644
    };

    private static string DirectoryOf(int layer, int file) => $"usr/layer{layer}/directory{file / FilesPerDirectory:D3}";

    private static string NameOf(int layer, int file) => $"{DirectoryOf(layer, file)}/file{file:D5}.txt";

    private static byte[] MakeText(int length)
    {
        var random = new Random(1);
        var words = new string[4096];
        for (var i = 0; i < words.Length; i++) words[i] = new string([.. Enumerable.Range(0, random.Next(2, 10)).Select(_ => (char)('a' + random.Next(26)))]);
        var text = new StringBuilder(length + 16);
        while (text.Length < length) text.Append(words[Math.Min(random.Next(words.Length), random.Next(words.Length))]).Append(random.Next(10) == 0 ? '\n' : ' ');
        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }
}
