using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using OciLayout.Testing;

namespace OciLayout.Safety.Hostile;

/// <summary>
/// Inputs that once gave a new kind of result or found a fault. Each target has a file, and each input a line, with bytes other than
/// printable ASCII as <c>\xNN</c>.
/// </summary>
internal static class FuzzCorpus
{
    private static string Folder => Path.Combine(Repository.Root, "tests", "OciLayout.Safety.Tests", "Hostile", "corpus");

    public static IEnumerable<byte[]> Load(string target)
    {
        string path = Path.Combine(Folder, target + ".txt");
        return File.Exists(path) ? File.ReadLines(path).Where(l => l.Length == 0 || l[0] != '#').Select(Decode) : [];
    }

    public static void Save(string folder, string target, IEnumerable<byte[]> inputs)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllLines(Path.Combine(folder, target + ".txt"), inputs.Select(Encode));
    }

    public static string Encode(byte[] input)
    {
        var line = new StringBuilder();
        foreach (byte b in input)
        {
            if (b is >= 32 and < 127 and not (byte)'\\' && !(b == '#' && line.Length == 0)) line.Append((char)b);
            else line.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
        }

        return line.ToString();
    }

    private static byte[] Decode(string line)
    {
        var bytes = new List<byte>(line.Length);
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] != '\\')
            {
                bytes.Add((byte)line[i]);
                continue;
            }

            bytes.Add(byte.Parse(line.AsSpan(i + 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            i += 3;
        }

        return [.. bytes];
    }
}
