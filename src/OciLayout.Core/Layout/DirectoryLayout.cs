using System.Collections.Generic;
using System.IO;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout.Layout;

/// <summary>A layout in a directory.</summary>
internal sealed class DirectoryLayout : ILayout
{
    private readonly IFileReader _files;
    private readonly string _blobs;
    private readonly string _plain;

    public DirectoryLayout(string root, IFileReader files)
    {
        Root = root;
        _files = files;
        _blobs = PathOf(LayoutNames.Blobs) + Path.DirectorySeparatorChar;
        _plain = _blobs + DigestAlgorithm.Sha256.Name() + Path.DirectorySeparatorChar;
    }

    public string Root { get; }

    public string PathOf(string name) => Root + Path.DirectorySeparatorChar + (Path.DirectorySeparatorChar == '/' ? name : name.Replace('/', Path.DirectorySeparatorChar));

    public FilePath PathOf(Digest blob) => blob.ToPath(_blobs, _plain);

    public FileStatus? Stat(LayoutFileName name) => _files.Stat(PathOf(name));

    public Stream Open(LayoutFileName name) => _files.OpenRead(PathOf(name));

    public int ReadShort(LayoutFileName name, byte[] buffer) => _files.ReadShort(PathOf(name), buffer);

    public IEnumerable<FileStatus> List(string directory) => _files.List(PathOf(directory));

    private FilePath PathOf(LayoutFileName name) => name.Text is { } text ? PathOf(text) : PathOf(name.Blob);
}
