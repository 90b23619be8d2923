using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Model;

namespace OciLayout.Index;

/// <summary>
/// The index of a store in this process: the entries of <c>index.json</c> as last read, with the unsaved changes applied. The file is
/// authoritative; each read checks whether it changed. Thread-safe.
/// </summary>
internal sealed class IndexFile
{
    /// <summary>The maximum size of the index, in bytes. It allows about three million entries.</summary>
    public const long SizeLimit = 1L << 30;

    private readonly ILayout _layout;
    private readonly object _sync = new();
    private IndexTable _table = null!; // the entries of the file, with _saving and _pending applied; _sync guards it and the fields below
    private IndexContent? _file; // the content of the file; null if not known for certain
    private FileStatus _stamp; // length and modification time of the file when it was last read or written
    private bool _maybeStale = true; // the next read loads the file, even if _stamp is unchanged
    private List<IndexChange> _pending = []; // in the order in which they were made
    private long _version;
    private List<IndexChange>? _saving; // the changes that a thread is writing; null if none

    public IndexFile(ILayout layout, CancellationToken cancellationToken)
    {
        _layout = layout;
        Reload(cancellationToken);
    }

    /// <summary>The path of the layout.</summary>
    public string Root => _layout.Root;

    /// <summary>The monitor that serializes the commits of this process. Acquired after the store lock and before the index lock.</summary>
    public object Turn { get; } = new();

    /// <summary>A number that grows with every change of the table, by any process.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>The tags.</summary>
    public IReadOnlyList<string> Tags => Read(table => table.Tagged().ConvertAll(e => e.Tag!));

    /// <summary>Whether a change is not saved yet, including changes that another thread is saving at the moment.</summary>
    public bool HasPending
    {
        get
        {
            lock (_sync) return _pending.Count > 0 || _saving is not null;
        }
    }

    /// <summary>Calls a function with the current table: the entries of the file with the unsaved changes applied.</summary>
    public T Read<T>(Func<IndexTable, T> question)
    {
        lock (_sync)
        {
            if (LooksChanged()) Reload(CancellationToken.None);
            return question(_table);
        }
    }

    /// <summary>
    /// Returns whether the index lists content, or listed it when it was last read. Checks the file only if the entries in memory do not have
    /// the content.
    /// </summary>
    public bool HasListed(Digest digest)
    {
        lock (_sync)
        {
            if (_table.Lists(digest)) return true;
        }

        return Read(table => table.Lists(digest));
    }

    /// <summary>Makes a change, which waits to be saved. It is visible in the whole process at once.</summary>
    public void Apply(IndexChange change)
    {
        lock (_sync)
        {
            change.Apply(_table);
            _pending.Add(change);
            Interlocked.Increment(ref _version);
        }
    }

    /// <summary>Reads the file again, regardless of its modification time. The caller holds the index lock.</summary>
    public void Refresh(CancellationToken cancellationToken)
    {
        lock (_sync) Reload(cancellationToken);
    }

    /// <summary>Takes back unsaved changes, because they cannot be saved or are about to be reported as failed.</summary>
    /// <returns>Whether any change was taken back. If not, another thread has saved them.</returns>
    public bool TakeBack(IReadOnlyCollection<IndexChange> changes)
    {
        lock (_sync)
        {
            // Changes that another thread is writing at the moment become unsaved again only if that fails.
            while (_saving is not null && _saving.Any(changes.Contains)) Monitor.Wait(_sync);
            if (_pending.RemoveAll(changes.Contains) == 0) return false;
            Rebuild();
            return true;
        }
    }

    /// <summary>
    /// Returns those of the digests that are the target of a change that is not saved yet, or that another thread is saving.
    /// </summary>
    public HashSet<Digest> Unsaved(HashSet<Digest> digests)
    {
        lock (_sync) return [.. _pending.Concat(_saving ?? []).Select(c => c.Target).OfType<Descriptor>().Select(t => t.Digest).Where(digests.Contains)];
    }

    /// <summary>Returns the changes that are not saved yet.</summary>
    public IReadOnlyList<IndexChange> Pending()
    {
        lock (_sync) return [.. _pending];
    }

    /// <summary>
    /// Saves the unsaved changes with a function that replaces the file. If the function fails, the changes stay unsaved.
    /// </summary>
    /// <param name="write">The function. It receives the new content of the file, or null if the file already has this content. It returns
    /// the step that failed after the file was replaced, or null.</param>
    /// <returns>The step that failed after the changes were saved. It is also stored in each change.</returns>
    public OciException? Save(Func<IndexContent?, OciException?> write)
    {
        OciException? unfinished;
        List<IndexChange> taken;
        IndexContent? image;
        IndexTable table;
        lock (_sync)
        {
            table = _table;
            image = table.ToImage();
            taken = _pending;
            _pending = [];
            if (_file is not null && image.IsSame(_file)) image = null;
            _saving = taken;
        }

        try
        {
            unfinished = write(image);
        }
        catch
        {
            lock (_sync)
            {
                taken.AddRange(_pending);
                _pending = taken;
                EndSaving();
                if (!ReferenceEquals(table, _table)) Rebuild();
            }

            throw;
        }

        lock (_sync)
        {
            foreach (var change in taken) change.Unfinished = unfinished;
            EndSaving();
            if (!ReferenceEquals(table, _table)) Rebuild(); // the table was reloaded during the save; it lacks the saved changes
            else if (image is not null) Remember(image);
        }

        return unfinished;
    }

    // The changes are saved, so an error here must not be reported as theirs. The next read loads the file again.
    private void Remember(IndexContent saved)
    {
        _file = saved;
        try
        {
            if (_layout.Stat(LayoutNames.Index) is { } status) Stamp(status, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Rebuild();
        }
    }

    private void EndSaving()
    {
        _saving = null;
        Monitor.PulseAll(_sync);
    }

    // Forces the next read to load the file regardless of its modification time, into a new table without the changes that were taken back.
    private void Rebuild() => (_file, _maybeStale) = (null, true);

    private bool LooksChanged()
    {
        return _layout.Stat(LayoutNames.Index) is not { } status || _maybeStale || status.Length != _stamp.Length || status.Modified != _stamp.Modified;
    }

    // A file that was changed shortly before it was read may change again without a new modification time, if both changes fall into one
    // tick of the file system's clock. Times in whole seconds come from file systems with a tick of two seconds.
    private void Stamp(FileStatus status, DateTime read)
    {
        var tick = status.Modified.Ticks % TimeSpan.TicksPerSecond == 0 ? TimeSpan.FromSeconds(2.1) : TimeSpan.FromMilliseconds(50);
        _stamp = status;
        _maybeStale = (read - status.Modified).Duration() < tick;
    }

    private void Reload(CancellationToken cancellationToken)
    {
        try
        {
            TornFile.Read(() => ReadFile(cancellationToken), cancellationToken);
        }
        catch (JsonException e)
        {
            throw Errors.IndexMalformed(_layout.Root, e);
        }
    }

    private bool ReadFile(CancellationToken cancellationToken)
    {
        _maybeStale = true; // until the file is read, the table must not be used
        var (status, read) = (StatIndex(), DateTime.UtcNow); // before reading, because the file may change while it is read
        if (_file is null || status.Length != _stamp.Length || !IsIn(_file, status))
        {
            var table = IndexTable.Parse(() => Open(status), cancellationToken);
            var image = table.ToImage();
            foreach (var change in _pending) change.Apply(table);
            (_table, _file) = (table, image);
            Interlocked.Increment(ref _version);
        }

        Stamp(status, read);
        return true;
    }

    private bool IsIn(IndexContent image, FileStatus status)
    {
        using var file = Open(status);
        return image.IsIn(file);
    }

    private FileStatus StatIndex()
    {
        var status = _layout.Stat(LayoutNames.Index) ?? throw Errors.IndexMissing(_layout.Root);
        if (status.Kind == FileKind.File) return status;
        throw Errors.IndexNotAFile(_layout.Root, status.Kind == FileKind.Directory ? "a directory" : "a device or a dangling link");
    }

    private Stream Open(FileStatus status)
    {
        if (status.Length == 0) return new MemoryStream(); // not opened, because a FIFO has this length, too
        Stream file;
        try
        {
            file = _layout.Open(LayoutNames.Index);
        }
        catch (FileNotFoundException)
        {
            throw Errors.IndexMissing(_layout.Root);
        }

        if (file.Length <= SizeLimit) return file;
        using (file)
        {
            throw Errors.IndexTooLarge(_layout.Root, file.Length, SizeLimit);
        }
    }
}
