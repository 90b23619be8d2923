using System.Collections.Generic;
using System.IO;

namespace OciLayout.Storage;

/// <summary>
/// The files of a layout, for reading, by their names in the specification (<c>index.json</c>, <c>blobs/sha256/…</c>). A
/// directory stands behind it, or an archive.
/// </summary>
internal interface ILayout
{
    /// <summary>The path of the directory or archive, for messages.</summary>
    string Root { get; }

    /// <summary>What has that name; null when nothing has.</summary>
    FileFact? Stat(string name);

    /// <summary>Opens a regular file; anything else is not found, and nobody waits for it.</summary>
    Stream Open(string name);

    /// <summary>What has the name of a blob.</summary>
    FileFact? Stat(Digest blob);

    /// <summary>Opens a blob that is a regular file.</summary>
    Stream Open(Digest blob);

    /// <summary>Reads a blob that is shorter than a buffer, whole; zero when it has to be opened for that, or to learn why not.</summary>
    int ReadShort(Digest blob, byte[] buffer);

    /// <summary>What lies in a directory, streamed.</summary>
    IEnumerable<FileFact> List(string directory);
}

/// <summary>The names of a layout's own files.</summary>
internal static class LayoutNames
{
    public const string Layout = "oci-layout";
    public const string Index = "index.json";
    public const string Blobs = "blobs";
    public const string Ingest = "ingest";

    /// <summary>Where a repair moves what is corrupt; nothing there is ever removed.</summary>
    public const string Aside = "quarantine";

    /// <summary>The names in the directory of a layout that other files must not use.</summary>
    public static readonly string[] All = [Layout, Index, Blobs, Ingest, Aside];

    /// <summary>The name of a blob. The grammar of digests leaves no room for separators or dots that climb.</summary>
    public static string Blob(Digest digest) => $"{Blobs}/{digest.Algorithm}/{digest.Encoded}";

    public static string Directory(DigestAlgorithm algorithm) => Blobs + "/" + algorithm.Name();
}

/// <summary>A layout in a directory.</summary>
internal sealed class DirectoryLayout : ILayout
{
    private readonly IFileSystem _files;
    private readonly string _blobs;
    private readonly string _plain;

    public DirectoryLayout(string root, IFileSystem files)
    {
        Root = root;
        _files = files;
        _blobs = PathOf(LayoutNames.Blobs) + Path.DirectorySeparatorChar;
        _plain = _blobs + DigestAlgorithm.Sha256.Name() + Path.DirectorySeparatorChar;
    }

    public string Root { get; }

    public string PathOf(string name) => Root + Path.DirectorySeparatorChar + (Path.DirectorySeparatorChar == '/' ? name : name.Replace('/', Path.DirectorySeparatorChar));

    public FilePath PathOf(Digest blob) => blob.ToPath(_blobs, _plain);

    public FileFact? Stat(Digest blob) => _files.Stat(PathOf(blob));

    public Stream Open(Digest blob) => _files.OpenRead(PathOf(blob));

    public FileFact? Stat(string name) => _files.Stat(PathOf(name));

    public Stream Open(string name) => _files.OpenRead(PathOf(name));

    public int ReadShort(Digest blob, byte[] buffer) => _files.ReadShort(PathOf(blob), buffer);

    public IEnumerable<FileFact> List(string directory) => _files.List(PathOf(directory));
}
