using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout.Images;

/// <summary>Writes the files of an image to a private directory. Names that the file system treats as equal are refused.</summary>
internal sealed class DirectoryTarget : IImageTarget, IDisposable
{
    private const int ModeBits = 0xFFF; // 07777
    private const int OwnerRights = 0x1C0; // 0700
    private const int PrivateFile = 0x180; // 0600
    private const int FifoType = 0x1000, CharacterType = 0x2000, BlockType = 0x6000;

    private readonly IFolder _root;
    private readonly ImageExpandOptions _options;
    private readonly CancellationToken _cancellation;
    private readonly FolderChain _folders;
    private readonly Dictionary<string, TarAttributes> _directories = new(StringComparer.Ordinal);

    public DirectoryTarget(IFolder root, ImageExpandOptions options, CancellationToken cancellationToken)
    {
        _root = root;
        _options = options;
        _cancellation = cancellationToken;
        _folders = new FolderChain(root, path => Knows(path));
    }

    /// <summary>Returns whether the image has a path so far.</summary>
    public Func<string, bool> Knows { get; set; } = _ => false;

    /// <summary>The number of devices, and of named pipes on Windows, that were not created.</summary>
    public int SkippedNodes { get; private set; }

    public static OciException SameName(string path) => ArtifactErrors.UnsafeName("/" + path, "the image", "it equals another name on this file system");

    public void AddDirectory(string path, TarEntry entry)
    {
        _directories[path] = entry.Attributes;
        if (path.Length == 0) return;
        var (folder, name) = Open(path);
        if (Knows(path) && folder.Stat(name) is { Kind: FileKind.Directory, IsLink: false }) return;
        MakeFree(path, folder, name);
        folder.CreateDirectory(name);
    }

    public void AddFile(string path, TarEntry entry, Stream content)
    {
        var (folder, name) = Open(path);
        MakeFree(path, folder, name);
        folder.WriteFile(name, PrivateFile, file => content.CopyTo(file, _cancellation));
        SetAttributes(folder, name, entry.Attributes, entry.Attributes.Mode ?? PrivateFile);
    }

    public void AddSymbolicLink(string path, TarEntry entry)
    {
        var (folder, name) = Open(path);
        var target = entry.LinkTarget;
        if (target.Length == 0) throw ArtifactErrors.UnsafeName("/" + path, "the image", "it is a link without a target");
        MakeFree(path, folder, name);
        folder.CreateLink(name, target, target[target.Length - 1] == '/');
        if (!Native.IsWindows) SetAttributes(folder, name, entry.Attributes, null);
    }

    public void AddHardLink(string path, TarEntry entry, string target)
    {
        if (path == target) return;
        var (folder, name) = Open(path);
        using var targets = new FolderChain(_root, Knows);
        MakeFree(path, folder, name);
        if (!targets.OpenParent(target).TryLink(FolderChain.NameOf(target), folder, name))
            throw ArtifactErrors.UnsafeName("/" + path, "the image", $"it is a hard link to '/{Digest.Shorten(target)}', which the file system of the destination does not support");
    }

    public void AddNode(string path, TarEntry entry)
    {
        if (Native.IsWindows || (entry.Kind != TarEntryKind.Fifo && !_options.CreateDevices))
        {
            SkippedNodes++;
            return;
        }

        var (folder, name) = Open(path);
        var type = entry.Kind switch { TarEntryKind.Fifo => FifoType, TarEntryKind.CharacterDevice => CharacterType, _ => BlockType };
        MakeFree(path, folder, name);
        folder.CreateNode(name, type, entry.Device);
        SetAttributes(folder, name, entry.Attributes, entry.Attributes.Mode ?? PrivateFile);
    }

    /// <summary>Sets the attributes of directories, after their files were written. Until they are moved, the owner keeps all rights.</summary>
    /// <returns>The directories whose owner has fewer rights in the end, deepest first.</returns>
    public IReadOnlyList<(string Name, int Mode)> Complete()
    {
        var restricted = new List<(string Name, int Mode)>();
        foreach (var directory in _directories.Where(d => d.Key.Length > 0).OrderByDescending(d => d.Key, StringComparer.Ordinal))
        {
            _cancellation.ThrowIfCancellationRequested();
            var (folder, name) = Open(directory.Key);
            var mode = directory.Value.Mode ?? OwnerRights;
            SetAttributes(folder, name, directory.Value, mode | OwnerRights);
            if ((mode & OwnerRights) != OwnerRights) restricted.Add((directory.Key, mode & ModeBits));
        }

        return restricted;
    }

    /// <summary>Sets the attributes of the root directory of the image.</summary>
    public void CompleteRoot(IFolder destination)
    {
        if (_directories.TryGetValue("", out var attributes)) SetAttributes(destination, "", attributes, attributes.Mode ?? OwnerRights);
    }

    public void Dispose() => _folders.Dispose();

    private (IFolder Folder, string Name) Open(string path)
    {
        var name = FolderChain.NameOf(path);
        if (Native.IsWindows && SafeName.Problem(name) is { } problem) throw ArtifactErrors.UnsafeName("/" + path, "the image", problem);
        return (_folders.OpenParent(path), name);
    }

    // A later entry of a layer replaces an earlier one. A path that exists and is not known is another spelling of a known one.
    private void MakeFree(string path, IFolder folder, string name)
    {
        if (folder.Stat(name) is not { } existing) return;
        if (!Knows(path)) throw SameName(path);
        Delete(folder, name, existing);
    }

    private static void Delete(IFolder folder, string name, FileStatus entry)
    {
        if (entry is not { Kind: FileKind.Directory, IsLink: false })
        {
            folder.Delete(name);
            return;
        }

        using (var inner = folder.Open(name))
        {
            foreach (var child in inner.List("").ToList()) Delete(inner, child.Name, child);
        }

        folder.DeleteDirectory(name);
    }

    private void SetAttributes(IFolder folder, string name, TarAttributes attributes, int? mode) => folder.SetAttributes(
        name,
        mode & ModeBits,
        _options.KeepOwners ? ((uint)(attributes.UserId ?? 0), (uint)(attributes.GroupId ?? 0)) : null,
        attributes.Modified);
}
