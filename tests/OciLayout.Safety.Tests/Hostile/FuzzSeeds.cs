using System.Collections.Generic;
using System.Formats.Tar;
using System.IO;
using System.Linq;
using System.Text;
using OciLayout.Testing;

namespace OciLayout.Safety.Hostile;

/// <summary>The initial inputs of the fuzzer: the documents of real layouts, and the corpus.</summary>
internal static class FuzzSeeds
{
    public static IReadOnlyDictionary<string, IReadOnlyList<byte[]>> Load()
    {
        var seeds = FuzzTargets.All.Keys.ToDictionary(k => k, k => FuzzCorpus.Load(k).ToList());
        foreach (var files in FuzzArchives.Files)
        {
            seeds["archive"].Add(FuzzArchives.Pack(files));
            seeds["list"].AddRange(files.Select(f => f.Content));
        }

        string one = Digest.Compute("1"u8).ToString(), two = Digest.Compute("2"u8).ToString();
        seeds["list"].Add(Encoding.UTF8.GetBytes($"[\"{one}\",{{\"Digest\":{{\"Algorithm\":\"sha256\",\"Encoded\":\"{two[7..]}\"}},\"Tag\":\"v2\"}}]"));
        foreach (string name in RealLayout.Names) AddReal(Path.Combine(Repository.Data, name), seeds);
        return seeds.ToDictionary(s => s.Key, s => (IReadOnlyList<byte[]>)s.Value);
    }

    private static void AddReal(string path, Dictionary<string, List<byte[]>> seeds)
    {
        using FileStream file = File.OpenRead(path);
        using var tar = new TarReader(file);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is null || entry.Length > 32 * 1024) continue;
            using var memory = new MemoryStream();
            entry.DataStream.CopyTo(memory);
            byte[] bytes = memory.ToArray();
            string name = Path.GetFileName(entry.Name);
            if (bytes.Length == 0 || bytes[0] != (byte)'{') continue;
            if (name == "oci-layout") seeds["layout"].Add(bytes);
            if (name == "index.json") seeds["index"].Add(bytes);
            if (name == "index.json" || Manifest.Sniff(bytes) is not null) seeds["manifest"].Add(bytes);
        }
    }
}
