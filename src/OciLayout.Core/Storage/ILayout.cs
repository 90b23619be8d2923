using System.Collections.Generic;
using System.IO;

namespace OciLayout.Storage;

/// <summary>
/// Read access to the files of a layout, by their names in the specification (<c>index.json</c>, <c>blobs/sha256/…</c>). The layout is a
/// directory or an archive.
/// </summary>
internal interface ILayout
{
    /// <summary>The path of the directory or archive, for messages.</summary>
    string Root { get; }

    /// <summary>Returns the properties of a file; null if it does not exist.</summary>
    FileFact? Stat(string name);

    /// <summary>Opens a regular file. Any other kind of file is reported as not found. Never blocks.</summary>
    Stream Open(string name);

    /// <summary>Returns the properties of a blob's file; null if it does not exist.</summary>
    FileFact? Stat(Digest blob);

    /// <summary>Opens a blob. It must be a regular file.</summary>
    Stream Open(Digest blob);

    /// <summary>
    /// Reads a complete blob that is shorter than the buffer. Returns 0 if it must be opened instead, also to learn of an error.
    /// </summary>
    int ReadShort(Digest blob, byte[] buffer);

    /// <summary>Returns the entries of a directory as a stream.</summary>
    IEnumerable<FileFact> List(string directory);
}

/// <summary>The names of the files that belong to a layout.</summary>
internal static class LayoutNames
{
    public const string Layout = "oci-layout";
    public const string Index = "index.json";
    public const string Blobs = "blobs";
    public const string Ingest = "ingest";

    /// <summary>The directory to which a repair moves corrupt files. OciLayout never deletes files there.</summary>
    public const string Aside = "quarantine";

    /// <summary>The names in the root directory of a layout that other files must not use.</summary>
    public static readonly string[] All = [Layout, Index, Blobs, Ingest, Aside];

    /// <summary>
    /// Returns the name of a blob. The grammar of digests excludes separators and "..", so the name stays below <c>blobs/</c>.
    /// </summary>
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
