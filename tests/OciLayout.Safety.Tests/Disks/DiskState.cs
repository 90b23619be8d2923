using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;

namespace OciLayout.Safety.Disks;

/// <summary>The content of a disk: files with their bytes, directories with null.</summary>
internal sealed record DiskState(SortedDictionary<string, byte[]?> Entries)
{
    private const string Ingest = "/ingest/";

    /// <summary>Returns a key that is equal for equal states. Of ingest/ it includes only the number of files.</summary>
    public string Key()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(Entries.Keys.Count(k => k.Contains(Ingest, StringComparison.Ordinal))));
        foreach ((string name, byte[]? bytes) in Entries)
        {
            if (name.Contains(Ingest, StringComparison.Ordinal)) continue;
            hash.AppendData(Encoding.UTF8.GetBytes($"\n{name} {bytes?.Length ?? -1} "));
            if (bytes is not null) hash.AppendData(SHA256.HashData(bytes));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>Reads the state of a directory.</summary>
    public static DiskState Read(string root)
    {
        var entries = new SortedDictionary<string, byte[]?>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories))
            entries[Path.GetRelativePath(root, path)] = Directory.Exists(path) ? null : File.ReadAllBytes(path);
        return new DiskState(entries);
    }

    /// <summary>Writes this state to a directory.</summary>
    public void Write(string root)
    {
        Directory.CreateDirectory(root);
        foreach ((string name, byte[]? bytes) in Entries)
        {
            if (bytes is null) Directory.CreateDirectory(Path.Combine(root, name));
            else File.WriteAllBytes(Path.Combine(root, name), bytes);
        }
    }
}
