using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout.Artifacts;

/// <summary>
/// The files of an artifact before they are moved to their destination, in a folder that only this user can change. Nothing is written
/// through a link, and no name replaces another one.
/// </summary>
internal sealed class StagedTree
{
    private const int AllRights = 0x1FF; // 0777
    private const int OwnerRights = 0x1C0; // 0700

    private readonly IFolder _folder;
    private readonly Dictionary<string, int?> _directories = new(StringComparer.Ordinal);

    public StagedTree(IFolder folder) => _folder = folder;

    /// <summary>Adds a directory and its parents. A directory may be added again.</summary>
    /// <param name="parts">The parts of the name.</param>
    /// <param name="mode">The permission bits; null when they are unknown.</param>
    /// <param name="where">The place of the name, for messages.</param>
    public void AddDirectory(ReadOnlySpan<string> parts, int? mode, string where)
    {
        AddParents(parts, where);
        if (mode is not null && parts.Length > 0) _directories[Join(parts)] = mode & AllRights;
    }

    /// <summary>Adds a file.</summary>
    /// <param name="parts">The parts of the name.</param>
    /// <param name="mode">The permission bits, to which the umask is applied.</param>
    /// <param name="where">The place of the name, for messages.</param>
    /// <param name="write">Writes the content.</param>
    public void AddFile(ReadOnlySpan<string> parts, int mode, string where, Action<Stream> write) => _folder.WriteFile(NewName(parts, where), mode & AllRights, write);

    /// <summary>Adds a second name of a file that was added before.</summary>
    public void AddHardLink(ReadOnlySpan<string> parts, ReadOnlySpan<string> target, string where)
    {
        var (name, existing) = (NewName(parts, where), Join(target));
        if (target.Length == 0 || _folder.Stat(existing) is not { Kind: FileKind.File, IsLink: false })
            throw ArtifactErrors.UnsafeName(name, where, $"it is a hard link to '{Digest.Shorten(existing)}', which is not a file before it");
        if (!_folder.TryLink(existing, _folder, name))
            throw ArtifactErrors.UnsafeName(name, where, "it is a hard link, and the file system of the destination does not support another one");
    }

    /// <summary>Adds a symbolic link. Its target was checked.</summary>
    public void AddLink(ReadOnlySpan<string> parts, string target, string where)
    {
        var name = NewName(parts, where);
        _folder.CreateLink(name, target, IsDirectory(parts, target));
    }

    /// <summary>Deletes a file that another layer of the artifact replaces. Another spelling of its name is refused.</summary>
    public void RemoveExisting(ReadOnlySpan<string> parts, string where)
    {
        var name = Join(parts);
        AddParents(parts[..^1], where);
        if (_folder.Stat(name) is not { } existing) return;
        if (existing is { Kind: FileKind.Directory, IsLink: false } || !HasExactName(parts)) throw ArtifactErrors.UnsafeName(name, where, "another file or directory has this name");
        _folder.Delete(name);
    }

    /// <summary>Returns whether a file, directory or link with a name was added.</summary>
    public bool Contains(ReadOnlySpan<string> parts) => _folder.Stat(Join(parts)) is not null;

    /// <summary>Sets the modes of directories. Until they are moved, the owner keeps all rights.</summary>
    /// <returns>The directories whose owner has fewer rights in the end, deepest first.</returns>
    public IReadOnlyList<(string Name, int Mode)> SetModes()
    {
        var restricted = new List<(string Name, int Mode)>();
        foreach (var directory in _directories)
        {
            if (directory.Value is not { } wanted || Umask.Apply(wanted) == Umask.Apply(AllRights)) continue;
            var mode = Umask.Apply(wanted);
            _folder.SetMode(directory.Key, mode | OwnerRights);
            if ((mode & OwnerRights) != OwnerRights) restricted.Add((directory.Key, mode));
        }

        return [.. restricted.OrderByDescending(d => d.Name.Count(c => c == '/'))];
    }

    private string NewName(ReadOnlySpan<string> parts, string where)
    {
        var name = Join(parts);
        if (parts.Length == 0) throw ArtifactErrors.UnsafeName(name, where, "it has the name of the directory itself");
        AddParents(parts[..^1], where);
        if (_folder.Stat(name) is not null) throw ArtifactErrors.UnsafeName(name, where, "its name occurs twice, or equals another name on this file system");
        return name;
    }

    // Checks the file system, because it may treat different names as equal.
    private void AddParents(ReadOnlySpan<string> parts, string where)
    {
        if (_directories.ContainsKey(Join(parts))) return;
        for (var count = 1; count <= parts.Length; count++)
        {
            var name = Join(parts[..count]);
            if (_directories.ContainsKey(name)) continue;
            if (_folder.Stat(name) is not null) throw ArtifactErrors.UnsafeName(Join(parts), where, "a part of it is a link or file, or equals another name on this file system");
            _folder.CreateDirectory(name);
            _directories.Add(name, null);
        }
    }

    private bool HasExactName(ReadOnlySpan<string> parts)
    {
        var last = parts[^1];
        return _folder.List(Join(parts[..^1])).Any(f => f.Name == last);
    }

    // LinkTarget.Check allows ".." only at the start, so the target can be resolved by its text alone.
    private bool IsDirectory(ReadOnlySpan<string> link, string target)
    {
        var path = new List<string>(link[..^1].ToArray());
        foreach (var part in target.Split('/'))
        {
            if (part == "..") path.RemoveAt(path.Count - 1);
            else if (part is not ("" or ".")) path.Add(part);
        }

        return path.Count == 0 || _directories.ContainsKey(string.Join("/", path));
    }

    private static string Join(ReadOnlySpan<string> parts) => string.Join("/", parts.ToArray());
}
