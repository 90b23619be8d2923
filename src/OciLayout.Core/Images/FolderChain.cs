using System;
using System.Collections.Generic;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout.Images;

/// <summary>
/// The open directories from a root to the directory of the last file. Each one is opened in its parent and not through a link, so a file
/// cannot get outside of the root, also while another process replaces directories by links.
/// </summary>
/// <param name="root">The root.</param>
/// <param name="knows">Returns whether the image has a path so far.</param>
/// <param name="checkName">Refuses a part of a path, the second argument, that the file system would read in another way.</param>
internal sealed class FolderChain(IFolder root, Func<string, bool> knows, Action<string, string> checkName) : IDisposable
{
    private readonly List<(string Name, IFolder Folder)> _open = [];

    /// <summary>Opens the directory of a path, and creates missing directories.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>: a part of the path is not a directory.</exception>
    public IFolder OpenParent(string path)
    {
        var parts = path.Split('/');
        var common = 0;
        while (common < _open.Count && common < parts.Length - 1 && _open[common].Name == parts[common]) common++;
        for (; _open.Count > common; _open.RemoveAt(_open.Count - 1)) _open[_open.Count - 1].Folder.Dispose();
        for (var i = common; i < parts.Length - 1; i++) _open.Add((parts[i], Open(Current, parts[i], string.Join("/", parts, 0, i + 1))));
        return Current;
    }

    public static string NameOf(string path) => path.Substring(path.LastIndexOf('/') + 1);

    private IFolder Current => _open.Count == 0 ? root : _open[_open.Count - 1].Folder;

    private IFolder Open(IFolder parent, string name, string path)
    {
        checkName(path, name);
        var existing = parent.Stat(name);
        if (existing is null) parent.CreateDirectory(name);
        else if (existing is not { Kind: FileKind.Directory, IsLink: false }) throw ArtifactErrors.UnsafeName("/" + path, "the image", "it is a link or a file, and not a directory");
        else if (!knows(path)) throw DirectoryTarget.SameName(path);
        return parent.Open(name);
    }

    public void Dispose()
    {
        foreach (var (_, folder) in _open) folder.Dispose();
        _open.Clear();
    }
}
