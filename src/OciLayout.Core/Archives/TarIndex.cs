using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Files;

namespace OciLayout.Archives;

/// <summary>The entries of an archive by name. Of several entries with one name the last one counts, as it does when unpacking.</summary>
internal sealed class TarIndex
{
    private readonly Dictionary<string, TarEntry> _entries = new(StringComparer.Ordinal);
    private readonly Lazy<ILookup<string, KeyValuePair<string, TarEntry>>> _directories;

    private TarIndex(FileStatus archive)
    {
        Archive = archive;
        _directories = new(() => _entries.ToLookup(e => e.Key.Substring(0, Math.Max(0, e.Key.LastIndexOf('/'))), StringComparer.Ordinal));
    }

    /// <summary>The size and times of the archive when it was read.</summary>
    public FileStatus Archive { get; }

    public static TarIndex Read(Stream stream, FileStatus archive, string path, CancellationToken cancellationToken)
    {
        var result = new TarIndex(archive);
        var reader = new TarReader(stream, path);
        while (reader.Next(cancellationToken) is { } entry)
        {
            // An entry that would be unpacked outside of the directory is not part of the layout.
            if (TarName.Normalize(entry.Name) is { Length: > 0 } name) result._entries[name] = entry;
        }

        return result;
    }

    public TarEntry? Find(string name) => _entries.TryGetValue(name, out var entry) ? entry : null;

    /// <summary>Returns the entries directly in a directory, with the last part of their names.</summary>
    public IEnumerable<(string Name, TarEntry Entry)> List(string directory) =>
        _directories.Value[directory].Select(e => (e.Key.Substring(e.Key.LastIndexOf('/') + 1), e.Value));
}
