using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading;
using OciLayout.Blobs;
using OciLayout.Common;
using OciLayout.Index;
using OciLayout.Model;
using OciLayout.Sessions;
using OciLayout.Store;

namespace OciLayout;

/// <summary>
/// Groups changes so that one write of the index saves many. Content is staged, then published in groups. Changes of the index are visible
/// in the whole process at once. They are saved by <see cref="Commit"/>, by the timer, or by <see cref="Dispose"/>. A commit that fails
/// undoes the unsaved changes of this batch. All members are thread-safe.
/// </summary>
public sealed class OciBatch : IDisposable
{
    private const int PublishCount = 256;
    private const long PublishBytes = 16 << 20;

    /// <summary>The time that a stopped batch waits for locks of other processes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private readonly OciStore _owner;
    private readonly StoreWriter _writer;
    private readonly CancellationToken _stop;
    private readonly object _sync = new();
    private readonly Timer? _timer;
    private readonly List<StagedBlob> _staged = [];
    private readonly HashSet<StagedBlob> _apart = []; // published only with the content that needs it, and never by the timer
    private readonly List<PushResult> _published = [];
    private readonly List<IndexChange> _changes = []; // changes by this batch since its last commit
    private readonly List<Exception> _errors = [];
    private ClaimScope? _scope;
    private Session? _session;
    private long _stagedBytes;
    private bool _disposed;

    internal OciBatch(OciStore owner, StoreWriter writer, TimeSpan? autoCommit, CancellationToken stop)
    {
        _owner = owner;
        _writer = writer;
        _stop = stop;
        Store = owner.For(this);
        if (autoCommit is { } period) _timer = new Timer(_ => CommitOnTime(), null, period, period);
    }

    /// <summary>The store whose changes wait for this batch. It can be used until the batch is disposed.</summary>
    public OciStore Store { get; }

    /// <summary>Whether enough content is staged that a larger group would not be faster.</summary>
    public bool ShouldPublish
    {
        get
        {
            lock (_sync) return _staged.Count >= PublishCount || _stagedBytes >= PublishBytes || _published.Count > 0;
        }
    }

    /// <summary>
    /// Returns the errors of the timer and of <see cref="Dispose"/> since the last call. The changes that they name have been undone.
    /// </summary>
    public IReadOnlyList<Exception> TakeErrors()
    {
        lock (_sync)
        {
            var result = _errors.ToArray();
            _errors.Clear();
            return result;
        }
    }

    /// <summary>Copies and verifies content. It becomes visible when the batch publishes it, together with other content.</summary>
    /// <param name="request">The known properties of the content.</param>
    /// <param name="content">The content. It is read to its end, unless it is already stored.</param>
    /// <param name="userState">An object that is returned with the result.</param>
    /// <param name="cancellationToken">The token that cancels staging. Nothing of this item is kept then.</param>
    /// <exception cref="OciException">This item does not match the request. Other items are not affected.</exception>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public void Stage(PushRequest request, Stream content, object? userState = null, CancellationToken cancellationToken = default) =>
        StageItem(request, content, userState, isOwn: false, cancellationToken);

    /// <summary>
    /// Stages content that only <see cref="Publish(IReadOnlyList{StagedBlob}, CancellationToken)"/> publishes. The caller publishes or
    /// discards it; the end of the batch discards the rest.
    /// </summary>
    internal StagedBlob StageOwn(PushRequest request, Stream content, CancellationToken cancellationToken) =>
        StageItem(request, content, null, isOwn: true, cancellationToken);

    /// <summary>Publishes the staged content.</summary>
    /// <returns>
    /// The content that was staged with <see cref="Stage"/> and published since the last call, by any thread or the timer, in the order of
    /// staging.
    /// </returns>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public IReadOnlyList<PushResult> Publish(CancellationToken cancellationToken = default)
    {
        lock (_sync)
        {
            ThrowIfDisposed();
            PublishStaged(cancellationToken);
            var result = _published.ToArray();
            _published.Clear();
            return result;
        }
    }

    /// <summary>Publishes content of <see cref="StageOwn"/> with the other staged content. All of it becomes visible, or nothing.</summary>
    internal void Publish(IReadOnlyList<StagedBlob> own, CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            ThrowIfDisposed();
            foreach (var staged in own)
            {
                if (staged.Failure is { } failure) ExceptionDispatchInfo.Capture(failure).Throw();
                if (_apart.Remove(staged)) _staged.Add(staged);
            }

            PublishStaged(cancellationToken);
        }
    }

    /// <summary>Discards content of <see cref="StageOwn"/> that was not published.</summary>
    internal void Discard(IEnumerable<StagedBlob> own)
    {
        lock (_sync) _writer.Discard([.. own.Where(_apart.Remove)]);
    }

    /// <summary>Stores content and publishes it together with the staged content.</summary>
    /// <param name="request">The known properties of the content.</param>
    /// <param name="content">The content. It is read to its end, unless it is already stored.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    /// <returns>The result of this content. <see cref="Publish(CancellationToken)"/> does not return it.</returns>
    /// <exception cref="OciException">The errors of <see cref="Stage"/> and of publishing.</exception>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public PushResult Push(PushRequest request, Stream content, CancellationToken cancellationToken = default)
    {
        var staged = StageOwn(request, content, cancellationToken);
        Publish([staged], cancellationToken);
        return new PushResult(staged.Descriptor, staged.AlreadyExisted, null);
    }

    /// <summary>
    /// Assigns a tag to stored content, like <see cref="OciStore.Tag(Descriptor, string, CancellationToken)"/>. The tag is saved with the
    /// other changes.
    /// </summary>
    /// <remarks>
    /// Content that the batch has tagged stays claimed until the batch ends. A second tag of the same content is therefore fast.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public void Tag(Descriptor target, string tag, CancellationToken cancellationToken = default) => Store.Tag(Guard.NotNull(target), tag, Scope(cancellationToken), cancellationToken);

    /// <summary>Moves a tag from edited content. The change fails when it is saved if the tag does not name that content any more.</summary>
    internal void Tag(Descriptor target, string tag, Digest? edited, CancellationToken cancellationToken) => Store.Tag(target, tag, Scope(cancellationToken), cancellationToken, edited);

    /// <summary>Renames a tag. The entry of the index keeps its other annotations. The new tag is saved with the other changes.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="newTag">The new tag.</param>
    /// <param name="replace">Whether an existing tag with the new name is moved. Its content stays in the index as an untagged entry.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.MissingReference"/>, <see cref="OciErrorKind.InvalidReference"/>,
    /// <see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.AlreadyExists"/>, <see cref="OciErrorKind.ReadOnlyStore"/>.</exception>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public void RenameTag(string tag, string newTag, bool replace = false)
    {
        Reference.CheckTag(Guard.NotNull(newTag), "");
        _owner.CheckWritable();
        ThrowIfDisposed();
        Hold([_writer.Rename(Guard.NotNull(tag), newTag, replace, _owner.Path)]);
    }

    /// <summary>
    /// Publishes the staged content and saves the index, unless the store saves only on <see cref="OciStore.SaveIndex"/>. If the commit
    /// fails, it undoes the unsaved changes of this batch. If it is cancelled, the changes wait for the next commit.
    /// </summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.StoreBusy"/>, <see cref="OciErrorKind.ReadOnlyStore"/>,
    /// <see cref="OciErrorKind.NotFound"/>. <see cref="OciErrorKind.IncompleteChange"/>: the changes are saved, but a later step
    /// failed.</exception>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public void Commit(CancellationToken cancellationToken = default)
    {
        lock (_sync)
        {
            ThrowIfDisposed();
            CommitChanges(cancellationToken);
        }
    }

    /// <summary>
    /// Commits. Does not throw, because an exception of Dispose would hide another one: <see cref="TakeErrors"/> returns the errors. A
    /// batch that was stopped discards staged content and waits only briefly for locks.
    /// </summary>
    public void Dispose()
    {
        _timer?.Dispose();
        lock (_sync)
        {
            if (_disposed) return;
            _disposed = true;
            if (!_stop.IsCancellationRequested) TryCommit(_stop);
            Discard();

            // The batch was stopped before or during that commit. Try to save the remaining changes once, with a short time limit.
            if (_changes.Count > 0) CommitStopped();
            _scope?.Dispose();
        }
    }

    /// <summary>Adds changes of the index that the next commit saves.</summary>
    internal void Hold(IReadOnlyList<IndexChange> changes)
    {
        lock (_sync)
        {
            if (_disposed) _writer.TakeBack(changes);
            ThrowIfDisposed();
            _changes.AddRange(changes);
        }
    }

    internal void ThrowIfDisposed()
    {
        if (Volatile.Read(ref _disposed)) throw new ObjectDisposedException(nameof(OciBatch));
    }

    private StagedBlob StageItem(PushRequest request, Stream content, object? userState, bool isOwn, CancellationToken cancellationToken)
    {
        Guard.NotNull(request);
        Guard.NotNull(content);
        var scope = Scope(cancellationToken);
        var reused = _writer.Reuse(request, userState, scope, cancellationToken);
        var staged = reused ?? _writer.Stage(SessionOfGroup(cancellationToken), request, content, userState, cancellationToken);
        staged.IsOwn = isOwn;
        lock (_sync)
        {
            if (_disposed)
            {
                _writer.Discard([staged]);
                ThrowIfDisposed();
            }

            if (isOwn) _apart.Add(staged);
            else _staged.Add(staged);
            if (reused is null && !isOwn) _stagedBytes += staged.Descriptor.Size;
        }

        return staged;
    }

    private void CommitOnTime()
    {
        if (!Monitor.TryEnter(_sync)) return; // another thread is publishing or committing
        try
        {
            if (!_disposed) TryCommit(_stop);
        }
        finally
        {
            Monitor.Exit(_sync);
        }
    }

    private void TryCommit(CancellationToken cancellationToken)
    {
        try
        {
            CommitChanges(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Dispose saves the changes.
        }
        catch (Exception e)
        {
            _errors.Add(e);
        }
    }

    private void CommitStopped()
    {
        using var limit = new CancellationTokenSource(Patience);
        TryCommit(limit.Token);
        if (_changes.Count == 0) return;
        TakeBack();
        _errors.Add(Errors.ChangesNotSaved(_owner.Path));
    }

    private void CommitChanges(CancellationToken cancellationToken)
    {
        try
        {
            PublishStaged(cancellationToken);
            if (_owner.Options.AutoSaveIndex && _changes.Count > 0) _writer.Commit(_changes, cancellationToken, waitsWhenStopped: true);
            _changes.Clear();
        }
        catch (OperationCanceledException)
        {
            throw;
        }
        catch
        {
            TakeBack();
            throw;
        }
    }

    private void TakeBack()
    {
        _writer.TakeBack(_changes);
        _changes.Clear();
    }

    private void Discard()
    {
        foreach (var staged in _staged.Concat(_apart)) staged.Failure = new ObjectDisposedException(nameof(OciBatch));
        _writer.Discard(_staged.Concat(_apart));
        _staged.Clear();
        _apart.Clear();
    }

    private ClaimScope Scope(CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            ThrowIfDisposed();
            if (_scope is null) _owner.CheckWritable();
            return _scope ??= _writer.Begin(cancellationToken);
        }
    }

    // Checks once for each group, not for each item, whether the files of the session still exist: a group is published or fails as a
    // whole.
    private Session SessionOfGroup(CancellationToken cancellationToken)
    {
        lock (_sync) return _session is { } session && _staged.Count + _apart.Count > 0 ? session : _session = _writer.Session(cancellationToken);
    }

    private void PublishStaged(CancellationToken cancellationToken)
    {
        if (_staged.Count == 0) return;
        var group = _staged.ToArray();
        _staged.Clear();
        _stagedBytes = 0;
        try
        {
            _changes.AddRange(_writer.Publish(group, _scope!, cancellationToken));
        }
        catch (Exception e)
        {
            foreach (var staged in group) staged.Failure = e;
            throw;
        }

        foreach (var staged in group)
        {
            if (!staged.IsOwn) _published.Add(new PushResult(staged.Descriptor, staged.AlreadyExisted, staged.UserState));
        }
    }
}
