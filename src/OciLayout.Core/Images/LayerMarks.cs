using System.Collections.Generic;
using OciLayout.Model;

namespace OciLayout.Images;

/// <summary>The paths of one layer, or of several layers from the top, and what they hide in the layers below.</summary>
internal sealed class LayerMarks(PathKeys keys)
{
    private readonly Dictionary<ulong, (PathMarks Marks, int Last)> _paths = [];
    private string? _parent;
    private string? _asked;
    private bool _isHidden;

    public PathKeys Keys => keys;

    /// <summary>Adds an entry of the layer.</summary>
    /// <param name="entry">The entry. Of several entries with one path, the last one counts.</param>
    /// <param name="number">The number of the entry in the layer.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.SizeLimitExceeded"/>: the image has too many paths.</exception>
    public void Add(LayerEntry entry, int number)
    {
        var key = keys.Of(entry.Path);
        var old = MarksOf(key);
        if (entry.Whiteout == LayerWhiteout.Opaque)
        {
            Set(key, old | PathMarks.HidesBelow, null);
        }
        else if (entry.Whiteout == LayerWhiteout.Path)
        {
            Set(key, old | PathMarks.Settled | PathMarks.HidesBelow, null);
        }
        else
        {
            // A directory after a file of the same layer is a directory, but the file still hides what the layers below have there.
            var kind = entry.IsDirectory ? PathMarks.Settled : PathMarks.Settled | PathMarks.HidesBelow | PathMarks.NotDirectory;
            Set(key, (old & ~PathMarks.NotDirectory) | kind, number);
        }

        AddParents(entry.Path);
    }

    /// <summary>Adds all paths of a layer below the other ones.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.SizeLimitExceeded"/>: the image has too many paths.</exception>
    public void Add(LayerMarks below)
    {
        foreach (var path in below._paths) Set(path.Key, MarksOf(path.Key) | (path.Value.Marks & ~PathMarks.NotDirectory), null);
        _asked = null;
    }

    /// <summary>Returns whether these layers hide a path of a layer below.</summary>
    public bool Hides(string path)
    {
        if ((MarksOf(keys.Of(path)) & PathMarks.Settled) != 0) return true;
        if (path.Length == 0) return false;
        var parent = ParentOf(path);
        if (parent == _asked) return _isHidden;
        _asked = parent;
        return _isHidden = FindParent(path, PathMarks.HidesBelow) is not null;
    }

    /// <summary>Returns whether other layers hide the same paths of the layers below.</summary>
    public bool HidesLike(LayerMarks other) => HidesAll(other) && other.HidesAll(this);

    private bool HidesAll(LayerMarks other)
    {
        const PathMarks hiding = PathMarks.Settled | PathMarks.HidesBelow;
        foreach (var path in other._paths)
        {
            if ((MarksOf(path.Key) & hiding) != (path.Value.Marks & hiding)) return false;
        }

        return true;
    }

    /// <summary>Returns whether these layers need a path to be a directory, because they have paths below it.</summary>
    public bool NeedsDirectory(string path) => (MarksOf(keys.Of(path)) & (PathMarks.Parent | PathMarks.Settled)) == PathMarks.Parent;

    /// <summary>Returns whether an entry is the last one of its path in the layer.</summary>
    public bool IsLast(string path, int number) => _paths.TryGetValue(keys.Of(path), out var known) && known.Last == number;

    /// <summary>Returns whether these layers have a path, a path below it, or a whiteout of it.</summary>
    public bool Knows(string path) => MarksOf(keys.Of(path)) != PathMarks.None;

    /// <summary>Returns whether the layer has an entry with a path.</summary>
    public bool Contains(string path) => _paths.TryGetValue(keys.Of(path), out var known) && known.Last > 0;

    /// <summary>Returns whether the last entry of the layer with a path is a directory.</summary>
    public bool IsDirectory(string path) => _paths.TryGetValue(keys.Of(path), out var known) && known.Last > 0 && (known.Marks & PathMarks.NotDirectory) == 0;

    /// <summary>Returns the number of the entry that is a parent of a path and is not a directory; null if there is none.</summary>
    public (string Path, int Number)? FindFileAbove(string path) =>
        FindParent(path, PathMarks.NotDirectory) is { } parent ? (parent, _paths[keys.Of(parent)].Last) : null;

    public static string ParentOf(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash < 0 ? "" : path.Substring(0, slash);
    }

    // The parents, from the root to the nearest one.
    private string? FindParent(string path, PathMarks mark)
    {
        if (path.Length == 0) return null;
        if ((MarksOf(keys.Of("")) & mark) != 0) return "";
        for (var slash = path.IndexOf('/'); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            if ((MarksOf(keys.Of(path, slash)) & mark) != 0) return path.Substring(0, slash);
        }

        return null;
    }

    private void AddParents(string path)
    {
        var parent = ParentOf(path);
        if (parent == _parent) return;
        _parent = parent;
        for (var slash = path.IndexOf('/'); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            var key = keys.Of(path, slash);
            Set(key, MarksOf(key) | PathMarks.Parent, null);
        }
    }

    private PathMarks MarksOf(ulong key) => _paths.TryGetValue(key, out var known) ? known.Marks : PathMarks.None;

    private void Set(ulong key, PathMarks marks, int? number)
    {
        var isKnown = _paths.TryGetValue(key, out var known);
        if (!isKnown && _paths.Count >= keys.Limit) throw ImageErrors.TooManyPaths(keys.Image, keys.Limit);
        _paths[key] = (marks, number ?? known.Last);
    }
}
