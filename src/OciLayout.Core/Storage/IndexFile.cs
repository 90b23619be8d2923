using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;

namespace OciLayout.Storage;

/// <summary>
/// What this process knows of <c>index.json</c>: the table as last read, with the changes that wait to be saved on top. The file is the
/// truth; every question looks whether it changed.
/// </summary>
internal sealed class IndexFile
{
    /// <summary>Beyond this no index is read; it would hold some three million entries.</summary>
    public const long SizeLimit = 1L << 30;

    private readonly ILayout _layout;
    private readonly object _sync = new();
    private IndexTable _table = null!;
    private IndexImage? _file; // what it says, when that is known for certain
    private FileFact _stamp;
    private bool _maybeStale = true;
    private List<IndexChange> _pending = [];
    private long _version;
    private List<IndexChange>? _saving;

    public IndexFile(ILayout layout, CancellationToken cancellation)
    {
        _layout = layout;
        Reload(cancellation);
    }

    /// <summary>Commits of this process take their turns here, after the gate and before the index lock.</summary>
    public object Turn { get; } = new();

    /// <summary>Grows with every change of the table, whoever made it.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>Whether anything is not saved yet, or being saved by somebody who may still fail.</summary>
    public bool HasPending
    {
        get
        {
            lock (_sync) return _pending.Count > 0 || _saving is not null;
        }
    }

    /// <summary>Asks the table as it is now: the file's entries and the pending changes.</summary>
    public T Read<T>(Func<IndexTable, T> question)
    {
        lock (_sync)
        {
            if (LooksChanged()) Reload(CancellationToken.None);
            return question(_table);
        }
    }

    /// <summary>Makes a change that waits to be saved; all of the process sees it at once.</summary>
    public void Apply(IndexChange change)
    {
        lock (_sync)
        {
            change.Apply(_table);
            _pending.Add(change);
            Interlocked.Increment(ref _version);
        }
    }

    /// <summary>Reads the file whatever its time stamp says; the caller holds the index lock.</summary>
    public void Refresh(CancellationToken cancellation)
    {
        lock (_sync) Reload(cancellation);
    }

    /// <summary>Takes back changes that wait: they cannot be saved, or their maker is going to be told that they failed.</summary>
    /// <returns>Whether there was anything to take back; if not, somebody else has saved them.</returns>
    public bool TakeBack(IReadOnlyCollection<IndexChange> changes)
    {
        lock (_sync)
        {
            // What another thread is writing right now comes back only if that fails.
            while (_saving is not null && _saving.Any(changes.Contains)) Monitor.Wait(_sync);
            if (_pending.RemoveAll(changes.Contains) == 0) return false;
            Rebuild();
            return true;
        }
    }

    /// <summary>Returns the digests among some that a change names which is not saved yet, or which another thread is saving.</summary>
    public HashSet<Digest> Unsaved(HashSet<Digest> digests)
    {
        lock (_sync) return [.. _pending.Concat(_saving ?? []).Select(c => c.Target).OfType<Descriptor>().Select(t => t.Digest).Where(digests.Contains)];
    }

    /// <summary>The changes that wait.</summary>
    public IReadOnlyList<IndexChange> Pending()
    {
        lock (_sync) return [.. _pending];
    }

    /// <summary>Writes table and pending changes with a function that replaces the file; when it fails they wait on.</summary>
    /// <param name="write">Given what the file is to be; null when it is that already. Returns the step that failed after the file was replaced, or null.</param>
    /// <returns>The step that failed after the changes were saved; each change keeps it, too.</returns>
    public OciException? Save(Func<IndexImage?, OciException?> write)
    {
        OciException? unfinished;
        List<IndexChange> taken;
        IndexImage? image;
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
            if (!ReferenceEquals(table, _table)) Rebuild(); // a reader met what another tool wrote in place meanwhile; that lacks what was saved here
            else if (image is not null) Remember(image);
        }

        return unfinished;
    }

    // The changes are saved, so a failure here must not be reported as theirs. The next question reads the file again.
    private void Remember(IndexImage saved)
    {
        _file = saved;
        try
        {
            if (_layout.Stat(LayoutNames.Index) is { } fact) Stamp(fact, DateTime.UtcNow);
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

    // The next question reads the file again, whatever its time stamp says, and makes a table without what was taken back.
    private void Rebuild() => (_file, _maybeStale) = (null, true);

    private bool LooksChanged()
    {
        var fact = _layout.Stat(LayoutNames.Index);
        return _maybeStale || fact is null || fact.Value.Length != _stamp.Length || fact.Value.Modified != _stamp.Modified;
    }

    // A file that changed within the clock's tick of being read may change again without its time stamp moving. Time stamps
    // of whole seconds come from file systems whose tick is two of them.
    private void Stamp(FileFact fact, DateTime read)
    {
        var tick = fact.Modified.Ticks % TimeSpan.TicksPerSecond == 0 ? TimeSpan.FromSeconds(2.1) : TimeSpan.FromMilliseconds(50);
        _stamp = fact;
        _maybeStale = (read - fact.Modified).Duration() < tick;
    }

    private void Reload(CancellationToken cancellation)
    {
        try
        {
            TornFile.Read(() => ReadFile(cancellation), cancellation);
        }
        catch (JsonException e)
        {
            throw Invalid(e);
        }
    }

    private bool ReadFile(CancellationToken cancellation)
    {
        _maybeStale = true; // until it was read, the table is not what the file says: no question may be answered from it
        var (fact, read) = (Look(), DateTime.UtcNow); // before the file is read, since it may change meanwhile
        if (_file is null || fact.Length != _stamp.Length || !IsIn(_file, fact))
        {
            var table = IndexTable.Parse(() => Open(fact), cancellation);
            var image = table.ToImage();
            foreach (var change in _pending) change.Apply(table);
            (_table, _file) = (table, image);
            Interlocked.Increment(ref _version);
        }

        Stamp(fact, read);
        return true;
    }

    private bool IsIn(IndexImage image, FileFact fact)
    {
        using var file = Open(fact);
        return image.IsIn(file);
    }

    private FileFact Look()
    {
        var fact = _layout.Stat(LayoutNames.Index) ?? throw Missing();
        if (fact.Kind == FileKind.File) return fact;
        throw new OciException(OciErrorKind.InvalidIndex, $"index.json of '{_layout.Root}' is no regular file. Move it away and put the index there.", _layout.Root)
        {
            Expected = "a file",
            Actual = fact.Kind == FileKind.Directory ? "a directory" : "a device, or a link that leads nowhere",
        };
    }

    private Stream Open(FileFact fact)
    {
        if (fact.Length == 0) return new MemoryStream(); // never opened: a FIFO looks like this
        Stream file;
        try
        {
            file = _layout.Open(LayoutNames.Index);
        }
        catch (FileNotFoundException)
        {
            throw Missing();
        }

        if (file.Length <= SizeLimit) return file;
        using (file)
        {
            throw new OciException(OciErrorKind.InvalidIndex, $"index.json of '{_layout.Root}' has {file.Length} bytes; an index of more than {SizeLimit} is not read.", _layout.Root)
            {
                Expected = $"at most {SizeLimit} bytes",
                Actual = $"{file.Length} bytes",
            };
        }
    }

    private OciException Missing() =>
        new(OciErrorKind.InvalidLayout, $"The layout '{_layout.Root}' has no index.json. Repair-OciStore rebuilds it from the blobs.", _layout.Root) { Expected = LayoutNames.Index };

    private OciException Invalid(JsonException e) =>
        new(OciErrorKind.InvalidIndex, $"index.json of '{_layout.Root}' cannot be read as an image index: {e.Message.TrimEnd('.')}. It is left as it is.", _layout.Root, e)
        {
            Expected = "an image index (image-spec, image-layout, \"index.json file\")",
        };
}
