using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Model;

namespace OciLayout.Artifacts;

/// <summary>
/// Moves staged files to the destination: all of them, or none. Each step is recorded, so that it can be undone after an error or a
/// cancellation.
/// </summary>
internal sealed class TreePlacement : IDisposable
{
    private const int OwnerRights = 0x1C0; // 0700

    private readonly Destination _destination;
    private readonly bool _force;
    private readonly CancellationToken _cancellation;
    private readonly List<IFolder> _opened = [];
    private readonly List<string> _existing = [];
    private readonly List<string> _files = [];
    private readonly HashSet<string> _merged = new(StringComparer.Ordinal);
    private readonly Stack<Action> _undo = new();
    private int _replaced;

    public TreePlacement(Destination destination, bool force, CancellationToken cancellationToken)
    {
        _destination = destination;
        _force = force;
        _cancellation = cancellationToken;
    }

    /// <summary>Moves all files.</summary>
    /// <param name="restricted">Directories that get fewer rights at the end, deepest first.</param>
    /// <returns>The paths of the files and links, in the order of their names.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.AlreadyExists"/>, <see cref="OciErrorKind.UnsafePath"/>: a file is where a
    /// directory is needed, or the other way round. Nothing was changed.</exception>
    public IReadOnlyList<string> Run(IReadOnlyList<(string Name, int Mode)> restricted)
    {
        Check("", _destination.Folder);
        if (_existing.Count > 0 && !_force) throw ArtifactErrors.FilesExist(_existing);
        try
        {
            Move("", _destination.Folder);
            foreach (var (name, mode) in restricted) Restrict(name, mode);
        }
        catch
        {
            Undo();
            throw;
        }

        return _files;
    }

    public void Dispose() => _opened.ForEach(f => f.Dispose());

    // Checks all targets before the first change.
    private void Check(string directory, IFolder target)
    {
        foreach (var (name, entry, isDirectory) in Entries(directory))
        {
            _cancellation.ThrowIfCancellationRequested();
            if (LayoutNames.All.Contains(entry, StringComparer.OrdinalIgnoreCase) && target.Stat(LayoutNames.Layout) is not null) throw Errors.OutputInLayout(PathOf(name), entry, target.Path);
            var existing = target.Stat(entry);
            if (existing is null)
            {
                AddFiles(name, isDirectory);
            }
            else if (isDirectory != existing is { Kind: FileKind.Directory, IsLink: false })
            {
                throw ArtifactErrors.UnsafeName(name, $"'{_destination.Folder.Path}'", isDirectory ? "a file or link is where a directory is needed" : "a directory is where a file is needed");
            }
            else if (isDirectory)
            {
                using var folder = target.Open(entry);
                Check(name, folder);
            }
            else
            {
                AddFiles(name, false);
                _existing.Add(PathOf(name));
            }
        }
    }

    private void AddFiles(string name, bool isDirectory)
    {
        if (!isDirectory) _files.Add(PathOf(name));
        else foreach (var (child, _, isInner) in Entries(name)) AddFiles(child, isInner);
    }

    private void Move(string directory, IFolder target)
    {
        foreach (var (name, entry, isDirectory) in Entries(directory))
        {
            _cancellation.ThrowIfCancellationRequested();
            if (TryMove(name, entry, target)) continue;
            if (isDirectory) Merge(name, target.Open(entry));
            else if (_force) Replace(name, entry, target);
            else throw ArtifactErrors.FilesExist([PathOf(name)]);
        }
    }

    private bool TryMove(string name, string entry, IFolder target)
    {
        if (!_destination.Staging.TryMove(name, target, entry)) return false;
        _undo.Push(() =>
        {
            if (target.Stat(entry) is { Kind: FileKind.Directory, IsLink: false }) target.SetMode(entry, OwnerRights); // moving a directory needs write permission on it
            if (!target.TryMove(entry, _destination.Staging, name)) throw new IOException($"'{PathOf(name)}' could not be moved back.");
        });
        return true;
    }

    private void Merge(string name, IFolder target)
    {
        _opened.Add(target);
        _merged.Add(name);
        Move(name, target);
    }

    // Keeps the replaced file until the end. Without hard links it is moved away first, and its name does not exist for a moment.
    private void Replace(string name, string entry, IFolder target)
    {
        var kept = (_replaced++).ToString(CultureInfo.InvariantCulture);
        if (target.Stat(entry) is { Kind: FileKind.Directory, IsLink: false }) throw new IOException($"'{PathOf(name)}' is a directory.");
        var isLinked = target.Stat(entry) is { Kind: FileKind.File, IsLink: false } && target.TryLink(entry, _destination.Replaced, kept);
        if (!isLinked && !target.TryMove(entry, _destination.Replaced, kept)) throw new IOException($"'{PathOf(name)}' cannot be replaced.");
        _undo.Push(() => _destination.Replaced.Replace(kept, target, entry));
        _destination.Staging.Replace(name, target, entry);
    }

    private void Restrict(string name, int mode)
    {
        if (_merged.Contains(name)) return; // an existing directory keeps its mode
        var folder = _destination.Folder;
        var parts = name.Split('/');
        try
        {
            foreach (var part in parts)
            {
                var inner = folder.Open(part);
                if (folder != _destination.Folder) folder.Dispose();
                folder = inner;
            }

            folder.SetMode("", mode);
        }
        finally
        {
            if (folder != _destination.Folder) folder.Dispose();
        }
    }

    private void Undo()
    {
        Exception? first = null;
        while (_undo.Count > 0)
        {
            try
            {
                _undo.Pop()();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                first ??= e;
            }
        }

        if (first is not null) throw new IOException($"Some files could not be moved back: {first.Message} Replaced files are in '{_destination.KeepReplaced()}'.", first);
    }

    private IEnumerable<(string Name, string Entry, bool IsDirectory)> Entries(string directory) =>
        _destination.Staging.List(directory).OrderBy(e => e.Name, StringComparer.Ordinal)
            .Select(e => (directory.Length == 0 ? e.Name : directory + "/" + e.Name, e.Name, e.IsDirectory));

    private string PathOf(string name) => Path.Combine(_destination.Folder.Path, Native.IsWindows ? name.Replace('/', '\\') : name);
}
