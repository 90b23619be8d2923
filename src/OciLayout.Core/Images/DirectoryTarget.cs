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
    private const int SetUserId = 0x800, SetGroupId = 0x400; // 04000, 02000
    private const int PrivateFile = 0x180; // 0600
    private const int FifoType = 0x1000, CharacterType = 0x2000, BlockType = 0x6000;

    private readonly IFolder _root;
    private readonly ImageExpandOptions _options;
    private readonly CancellationToken _cancellation;
    private readonly FolderChain _folders;
    private readonly Func<string, string?> _problemOf;
    private readonly Dictionary<string, TarAttributes> _directories = new(StringComparer.Ordinal);

    /// <param name="root">The directory.</param>
    /// <param name="options">How the image is unpacked.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    /// <param name="problemOf">Returns the problem of a part of a path; null for the names that this system refuses.</param>
    public DirectoryTarget(IFolder root, ImageExpandOptions options, CancellationToken cancellationToken, Func<string, string?>? problemOf = null)
    {
        _root = root;
        _options = options;
        _cancellation = cancellationToken;
        _problemOf = problemOf ?? (Native.IsWindows ? SafeName.Problem : SafeName.LengthProblem);
        _folders = new FolderChain(root, path => Knows(path), CheckName);
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
        if (Knows(path)) MakeFree(path, folder, name);
        if (!folder.TryWriteFile(name, AttributesOf(entry.Attributes, entry.Attributes.Mode ?? PrivateFile), file => content.CopyTo(file, _cancellation))) throw SameName(path);
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
        using var targets = new FolderChain(_root, Knows, CheckName);
        var (source, sourceName) = Open(target, targets);
        MakeFree(path, folder, name);
        if (source.Stat(sourceName) is null) SkippedNodes++; // the target is a device that was skipped
        else if (!source.TryLink(sourceName, folder, name))
            throw ArtifactErrors.UnsafeName("/" + path, "the image", $"it is a hard link to '/{Digest.Shorten(target)}', which the file system of the destination does not support");
    }

    public void AddNode(string path, TarEntry entry)
    {
        if (Native.IsWindows || (entry.Kind != TarEntryKind.Fifo && !_options.CreateDevices))
        {
            SkippedNodes++;
            return;
        }

        if (!IsNumber(entry.Device.Major) || !IsNumber(entry.Device.Minor)) throw ArtifactErrors.UnsafeName("/" + path, "the image", "it is a device whose number Linux does not have");
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
            if ((mode & OwnerRights) != OwnerRights) restricted.Add((directory.Key, (_options.KeepOwners ? mode : WithoutForeignRights(directory.Value, mode)!.Value) & ModeBits));
        }

        return restricted;
    }

    /// <summary>Sets the attributes of the root directory of the image.</summary>
    public void CompleteRoot(IFolder destination)
    {
        if (_directories.TryGetValue("", out var attributes)) SetAttributes(destination, "", attributes, attributes.Mode ?? OwnerRights);
    }

    public void Dispose() => _folders.Dispose();

    private (IFolder Folder, string Name) Open(string path) => Open(path, _folders);

    private (IFolder Folder, string Name) Open(string path, FolderChain folders)
    {
        if (SafeName.IsTooLong(path)) throw ArtifactErrors.UnsafeName("/" + path, "the image", "it is too long for a file system");
        var name = FolderChain.NameOf(path);
        CheckName(path, name);
        return (folders.OpenParent(path), name);
    }

    private void CheckName(string path, string part)
    {
        if (_problemOf(part) is { } problem) throw ArtifactErrors.UnsafeName("/" + path, "the image", problem);
    }

    private static bool IsNumber(long number) => number is >= 0 and <= uint.MaxValue;

    // A later entry of a layer replaces an earlier one. A path that exists and is not known is another spelling of a known one.
    private void MakeFree(string path, IFolder folder, string name)
    {
        if (folder.Stat(name) is not { } existing) return;
        if (!Knows(path)) throw SameName(path);
        Delete(folder, name, existing is { Kind: FileKind.Directory, IsLink: false });
    }

    private static void Delete(IFolder folder, string name, bool isDirectory)
    {
        if (!isDirectory)
        {
            folder.Delete(name);
            return;
        }

        using (var inner = folder.Open(name))
        {
            foreach (var child in inner.List("")) Delete(inner, child.Name, child.IsDirectory);
        }

        folder.DeleteDirectory(name);
    }

    private void SetAttributes(IFolder folder, string name, TarAttributes attributes, int? mode) => folder.SetAttributes(name, AttributesOf(attributes, mode));

    private EntryAttributes AttributesOf(TarAttributes attributes, int? mode) => new(
        (_options.KeepOwners ? mode : WithoutForeignRights(attributes, mode)) & ModeBits,
        _options.KeepOwners ? (OwnerOf(attributes.UserId), OwnerOf(attributes.GroupId)) : null,
        attributes.Modified);

    // The largest number means "no change" in chown(2), and larger ones would be cut to the number of another user.
    private static uint OwnerOf(long? number) => number is null ? 0 : number is >= 0 and < uint.MaxValue ? (uint)number.Value
        : throw ImageErrors.InvalidOwner(number.Value);

    // Without its owner, a program that runs with the rights of a user of the image would run with those of root.
    private static int? WithoutForeignRights(TarAttributes attributes, int? mode)
    {
        if (Native.IsWindows || !Native.IsRoot) return mode;
        if (attributes.UserId is not (null or 0)) mode &= ~SetUserId;
        if (attributes.GroupId is not (null or 0)) mode &= ~SetGroupId;
        return mode;
    }
}
