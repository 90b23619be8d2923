using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout.Artifacts;

/// <summary>
/// Unpacks the tar of a directory. It refuses entries that would be outside of the directory, links that lead out of it, names that occur
/// twice, and anything that is not a file, directory or link.
/// </summary>
internal sealed class DirectoryUnpacker
{
    private readonly StagedTree _tree;
    private readonly string _name;
    private readonly string[] _top;
    private readonly string _where;
    private readonly List<(string[] Parts, string Target)> _links = [];

    private DirectoryUnpacker(StagedTree tree, string name)
    {
        _tree = tree;
        _name = name;
        _where = $"the archive of '{name}'";
        _top = SafeName.Split(name, "the artifact", isDirectory: true);
    }

    /// <summary>Unpacks an archive.</summary>
    /// <param name="tar">The archive. It is read up to its end mark.</param>
    /// <param name="name">The name of the directory, with which every entry has to begin.</param>
    /// <param name="tree">The tree that gets the directory, which must not be in it.</param>
    /// <param name="cancellationToken">Stops the operation.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>, <see cref="OciErrorKind.InvalidArchive"/>.</exception>
    public static void Unpack(Stream tar, string name, StagedTree tree, CancellationToken cancellationToken)
    {
        var unpacker = new DirectoryUnpacker(tree, name);
        if (unpacker._top.Length > 0 && tree.Contains(unpacker._top)) throw ArtifactErrors.UnsafeName(name, "the artifact", "another file or directory has this name");
        tree.AddDirectory(unpacker._top, null, "the artifact");
        var reader = new TarReader(tar, name, endRequired: false);
        while (reader.Next(cancellationToken) is { } entry) unpacker.Add(entry, reader, cancellationToken);

        // Links come last, so that no entry can be written through one.
        foreach (var (parts, target) in unpacker._links) tree.AddLink(parts, target, unpacker._where);
    }

    private void Add(TarEntry entry, TarReader reader, CancellationToken cancellationToken)
    {
        if (!entry.HasValidNames) throw ArtifactErrors.UnsafeName(entry.Name, _where, "it is not valid UTF-8");
        var parts = Inside(entry.Name);
        switch (entry.Kind)
        {
            case TarEntryKind.Directory:
                _tree.AddDirectory(parts, entry.Attributes.Mode, _where);
                break;
            case TarEntryKind.File:
                if (parts.Length == _top.Length) throw ArtifactErrors.UnsafeName(entry.Name, _where, "it is the directory itself, but not a directory");
                _tree.AddFile(parts, entry.Attributes.Mode ?? TarWriter.FileMode, _where, file => reader.Open(entry).CopyTo(file, cancellationToken));
                break;
            case TarEntryKind.SymbolicLink:
                if (parts.Length == _top.Length) throw ArtifactErrors.UnsafeName(entry.Name, _where, "it is the directory itself, but not a directory");
                LinkTarget.Check(string.Join("/", parts), entry.LinkTarget, _top.Length, _where);
                _links.Add((parts, entry.LinkTarget));
                break;
            case TarEntryKind.HardLink:
                _tree.AddHardLink(parts, Inside(entry.LinkTarget), _where);
                break;
            default:
                throw ArtifactErrors.UnsafeName(entry.Name, _where, Describe(entry.Kind));
        }
    }

    private string[] Inside(string name)
    {
        var parts = SafeName.Split(name, _where, isDirectory: true);
        return parts.AsSpan().StartsWith(_top) ? parts : throw ArtifactErrors.UnsafeName(name, _where, $"it is outside of '{_name}'");
    }

    private static string Describe(TarEntryKind kind) => kind switch
    {
        TarEntryKind.Sparse => "it is a sparse file, which has no portable form. Pack it without the option for sparse files",
        TarEntryKind.CharacterDevice or TarEntryKind.BlockDevice or TarEntryKind.Fifo => "it is a device or a FIFO",
        _ => "its type is unknown",
    };
}
