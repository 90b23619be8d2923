using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Blobs;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Model;
using OciLayout.Sessions;

namespace OciLayout.Index;

/// <summary>
/// The only code that changes <c>index.json</c>. Locks the index, reads the file again, applies the waiting changes, checks their
/// content, flushes the new file, renames it, flushes the directory, and unlocks. The caller holds the store lock.
/// </summary>
internal sealed class IndexTransaction : IDisposable
{
    private readonly IndexFile _index;
    private readonly DirectoryLayout _layout;
    private readonly IFileSystem _files;
    private readonly string _temporary;
    private readonly IDisposable _lock;
    private readonly TimeSpan _timeout;
    private readonly List<IndexChange> _applied = [];

    private IndexTransaction(IndexFile index, DirectoryLayout layout, IFileSystem files, string temporary, IDisposable held, TimeSpan timeout)
    {
        _timeout = timeout;
        _index = index;
        _layout = layout;
        _files = files;
        _temporary = temporary;
        _lock = held;
    }

    /// <summary>
    /// Acquires the process-wide turn and the index lock, and reads the file. Without a session the caller must hold the store lock
    /// exclusively, so that no other process deletes the temporary file as a leftover.
    /// </summary>
    public static IndexTransaction Begin(IndexFile index, DirectoryLayout layout, IFileSystem files, StoreLocks locks, Session? session, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!Monitor.TryEnter(index.Turn, timeout))
            throw Errors.IndexBusy(layout.Root, timeout);
        IDisposable? held = null;
        try
        {
            held = locks.LockIndex(timeout, cancellationToken);
            FileChecks.RefuseLink(files, layout.PathOf(LayoutNames.Index));
            index.Refresh(cancellationToken);
            return new IndexTransaction(index, layout, files, session?.NewFile(".tmp") ?? Session.NewName(locks.Ingest) + ".tmp", held, timeout);
        }
        catch
        {
            held?.Dispose();
            Monitor.Exit(index.Turn);
            throw;
        }
    }

    /// <summary>Adds a change to this transaction. It is taken back if the transaction does not save it.</summary>
    public void Apply(IndexChange change)
    {
        _applied.Add(change);
        _index.Apply(change);
    }

    /// <summary>
    /// Saves all waiting changes. Changes whose content does not exist are taken back and keep their failure. The other changes are saved.
    /// </summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.IncompleteChange"/>: the changes are saved, but could not be
    /// flushed.</exception>
    public void Commit(BlobReader blobs, bool flush, CancellationToken cancellationToken)
    {
        RejectWithoutContent(blobs, cancellationToken);
        var unfinished = _index.Save(image =>
        {
            if (image is not null) Replace(_layout, _files, _temporary, LayoutNames.Index, image.WriteTo, _timeout, cancellationToken);
            return flush ? TryFlush(image is not null) : null;
        });
        _applied.Clear();
        if (unfinished is not null) throw unfinished;
    }

    // The index is already replaced, so an error here does not mean that the change failed.
    private OciException? TryFlush(bool isWritten)
    {
        try
        {
            if (isWritten) _files.Flush(_layout.Root);
            else LayoutFiles.FlushIndex(_layout, _files); // another process may have written it without a flush
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Errors.IndexNotFlushed(_layout.Root, e);
        }
    }

    /// <summary>
    /// Replaces a file of the layout through a temporary file in <c>ingest/</c>. Readers see either the old or the new content.
    /// </summary>
    public static void Replace(DirectoryLayout layout, IFileSystem files, Session session, string name, byte[] bytes, bool flush)
    {
        Replace(layout, files, session.NewFile(".tmp"), name, file => file.Write(bytes, 0, bytes.Length), TimeSpan.Zero, CancellationToken.None);
        if (flush) files.Flush(layout.Root);
    }

    private static void Replace(DirectoryLayout layout, IFileSystem files, string temporary, string name, Action<Stream> write, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            using (var file = files.CreateLike(temporary, layout.PathOf(name))) write(file);
            files.Flush(temporary); // always: after a power loss the file could be empty, without any tags
            Rename(files, temporary, layout.PathOf(name), timeout, cancellationToken);
        }
        catch
        {
            try
            {
                files.Delete(temporary);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or OciException)
            {
                // Report the first error.
            }

            throw;
        }
    }

    // On Windows, a program that has the file open for reading prevents the rename.
    private static void Rename(IFileSystem files, string source, string target, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                files.Replace(source, target);
                return;
            }
            catch (IOException e) when (files.PinsOpenFiles && WindowsFiles.IsInUse(e) && clock.Elapsed < timeout)
            {
                cancellationToken.ThrowIfCancellationRequested();
                files.Pause(20, cancellationToken);
            }
        }
    }

    private void RejectWithoutContent(BlobReader blobs, CancellationToken cancellationToken)
    {
        List<IndexChange>? rejected = null;
        var seen = new HashSet<DigestValue>();
        foreach (var change in _index.Pending())
        {
            foreach (var part in change.Parts)
            {
                if (part.Target is not { } target || !seen.Add(target.Digest.Value)) continue;
                if (blobs.Find(target.Digest) is not null) continue;
                foreach (var lost in _index.Pending().Where(c => c.Parts.Any(p => p.Target?.Digest == target.Digest)))
                {
                    lost.Failure = ContentErrors.NotStored(target.Digest, _index.Root);
                    (rejected ??= []).Add(lost);
                }
            }
        }

        if (rejected is null) return;
        _index.TakeBack(rejected);
        _index.Refresh(cancellationToken);
    }

    public void Dispose()
    {
        // If this deletion stayed unsaved, a later save could delete content that was tagged in the meantime.
        if (_applied.Count > 0) _index.TakeBack(_applied);
        try
        {
            _lock.Dispose();
        }
        finally
        {
            Monitor.Exit(_index.Turn);
        }
    }
}
