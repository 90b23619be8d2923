using System;
using System.Linq;
using OciLayout.Model;

namespace OciLayout.Images;

/// <summary>The paths of one layer, or of several layers from the top, and what they hide in the layers below.</summary>
internal sealed class LayerMarks(PathKeys keys)
{
    private readonly PathTable _paths = new();
    private string? _parent;

    // The last answers. The files of a directory follow each other in most layers.
    private string? _hiddenIn;
    private bool _isHidden;
    private string? _fileIn;
    private (string Path, int Number)? _fileAbove;

    public PathKeys Keys => keys;

    /// <summary>Adds an entry of the layer.</summary>
    /// <param name="entry">The entry. Of several entries with one path, the last one counts.</param>
    /// <param name="number">The number of the entry in the layer.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.SizeLimitExceeded"/>: the image has too many paths.</exception>
    public void Add(LayerEntry entry, int number)
    {
        _fileIn = null;
        var slot = Slot(keys.Of(entry.Path));
        ref var marks = ref _paths.MarksAt(slot);
        if (entry.Whiteout == LayerWhiteout.Opaque)
        {
            marks |= PathMarks.HidesBelow;
        }
        else if (entry.Whiteout == LayerWhiteout.Path)
        {
            marks |= PathMarks.Settled | PathMarks.HidesBelow;
        }
        else
        {
            // A directory after a file of the same layer is a directory, but the file still hides what the layers below have there.
            marks = (marks & ~PathMarks.NotDirectory) | (entry.IsDirectory ? PathMarks.Settled : PathMarks.Settled | PathMarks.HidesBelow | PathMarks.NotDirectory);
            _paths.SetNumber(slot, number);
        }

        AddParents(entry.Path);
    }

    /// <summary>Adds all paths of a layer below the other ones.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.SizeLimitExceeded"/>: the image has too many paths.</exception>
    public void Add(LayerMarks below)
    {
        foreach (var slot in below._paths.Occupied()) _paths.MarksAt(Slot(below._paths.KeyAt(slot))) |= below._paths.MarksAt(slot) & ~PathMarks.NotDirectory;
        _hiddenIn = null;
    }

    /// <summary>Returns whether these layers hide a path of a layer below.</summary>
    public bool Hides(string path) => Hides(path, keys.Of(path));

    /// <summary>Returns whether these layers hide a path of a layer below.</summary>
    /// <param name="path">The path.</param>
    /// <param name="key">The key of the path.</param>
    public bool Hides(ReadOnlySpan<char> path, ulong key)
    {
        if ((MarksOf(key) & PathMarks.Settled) != 0) return true;
        if (path.Length == 0) return false;
        if (IsIn(path, _hiddenIn)) return _isHidden;
        _hiddenIn = Parent(path).ToString();
        return _isHidden = FindParent(path, PathMarks.HidesBelow) is not null;
    }

    /// <summary>Returns whether other layers hide the same paths of the layers below.</summary>
    public bool HidesLike(LayerMarks other) => HidesAll(other) && other.HidesAll(this);

    private bool HidesAll(LayerMarks other)
    {
        const PathMarks hiding = PathMarks.Settled | PathMarks.HidesBelow;
        return other._paths.Occupied().All(slot => (MarksOf(other._paths.KeyAt(slot)) & hiding) == (other._paths.MarksAt(slot) & hiding));
    }

    /// <summary>Returns whether these layers need a path to be a directory, because they have paths below it.</summary>
    public bool NeedsDirectory(string path) => NeedsDirectory(keys.Of(path));

    /// <summary>Returns whether these layers need the path with a key to be a directory.</summary>
    public bool NeedsDirectory(ulong key) => (MarksOf(key) & (PathMarks.Parent | PathMarks.Settled)) == PathMarks.Parent;

    /// <summary>Returns whether an entry is the last one of the path with a key in the layer.</summary>
    public bool IsLast(ulong key, int number) => NumberOf(key) == number;

    /// <summary>Returns whether these layers have a path, a path below it, or a whiteout of it.</summary>
    public bool Knows(string path) => MarksOf(keys.Of(path)) != PathMarks.None;

    /// <summary>Returns whether the layer has an entry with a path.</summary>
    public bool Contains(string path) => NumberOf(keys.Of(path)) > 0;

    /// <summary>Returns whether the last entry of the layer with a path is a directory.</summary>
    public bool IsDirectory(string path) => keys.Of(path) is var key && NumberOf(key) > 0 && (MarksOf(key) & PathMarks.NotDirectory) == 0;

    /// <summary>Returns the number of the entry that is a parent of a path and is not a directory; null if there is none.</summary>
    public (string Path, int Number)? FindFileAbove(ReadOnlySpan<char> path)
    {
        if (path.Length == 0) return null;
        if (IsIn(path, _fileIn)) return _fileAbove;
        _fileIn = Parent(path).ToString();
        return _fileAbove = FindParent(path, PathMarks.NotDirectory) is { } parent ? (parent, NumberOf(keys.Of(parent))) : null;
    }

    public static string ParentOf(string path) => Parent(path).ToString();

    private static ReadOnlySpan<char> Parent(ReadOnlySpan<char> path) => path.Slice(0, Math.Max(0, path.LastIndexOf('/')));

    private static bool IsIn(ReadOnlySpan<char> path, string? parent) => parent is not null && Parent(path).SequenceEqual(parent);

    // The parents, from the root to the nearest one.
    private string? FindParent(ReadOnlySpan<char> path, PathMarks mark)
    {
        if (path.Length == 0) return null;
        if ((MarksOf(keys.Of("")) & mark) != 0) return "";
        for (var slash = NextSlash(path, 0); slash > 0; slash = NextSlash(path, slash + 1))
        {
            var parent = path.Slice(0, slash);
            if ((MarksOf(keys.Of(parent)) & mark) != 0) return parent.ToString();
        }

        return null;
    }

    private void AddParents(string path)
    {
        if (IsIn(path, _parent)) return;
        _parent = ParentOf(path);
        for (var slash = path.IndexOf('/'); slash > 0; slash = path.IndexOf('/', slash + 1)) _paths.MarksAt(Slot(keys.Of(path.AsSpan(0, slash)))) |= PathMarks.Parent;
    }

    private static int NextSlash(ReadOnlySpan<char> path, int from)
    {
        var next = path.Slice(from).IndexOf('/');
        return next < 0 ? -1 : from + next;
    }

    private PathMarks MarksOf(ulong key) => _paths.Find(key) is var slot and >= 0 ? _paths.MarksAt(slot) : PathMarks.None;

    private int NumberOf(ulong key) => _paths.Find(key) is var slot and >= 0 ? _paths.NumberAt(slot) : 0;

    private int Slot(ulong key)
    {
        var slot = _paths.Add(key);
        return _paths.Count <= keys.Limit ? slot : throw ImageErrors.TooManyPaths(keys.Image, keys.Limit);
    }
}
