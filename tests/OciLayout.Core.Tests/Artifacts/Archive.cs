using System.Collections.Generic;
using System.Formats.Tar;
using System.IO;
using System.IO.Compression;

namespace OciLayout.Tests.Artifacts;

/// <summary>Builds a tar archive as another tool or an attacker would.</summary>
internal sealed class Archive
{
    private readonly List<TarEntry> _entries = [];

    public Archive Directory(string name, int mode = 0x1ED) => Add(TarEntryType.Directory, name, mode: mode);

    public Archive File(string name, string content = "content", int mode = 0x1A4) => Add(TarEntryType.RegularFile, name, content: content, mode: mode);

    public Archive Link(string name, string target) => Add(TarEntryType.SymbolicLink, name, target);

    public Archive HardLink(string name, string target) => Add(TarEntryType.HardLink, name, target);

    public Archive Add(TarEntryType type, string name, string? link = null, string? content = null, int mode = 0x1A4)
    {
        var entry = new PaxTarEntry(type, name) { Mode = (UnixFileMode)mode };
        if (link is not null) entry.LinkName = link;
        if (content is not null) entry.DataStream = new MemoryStream(Sample.Bytes(content));
        _entries.Add(entry);
        return this;
    }

    public byte[] ToTar()
    {
        using var bytes = new MemoryStream();
        using (var writer = new TarWriter(bytes, TarEntryFormat.Pax, leaveOpen: true)) _entries.ForEach(writer.WriteEntry);
        return bytes.ToArray();
    }

    public static byte[] Compress(byte[] content)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(content);
        return result.ToArray();
    }
}
