using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Storage;

namespace OciLayout;

/// <summary>
/// Many changes that are saved with one write. Content is staged and published in groups; changes of the index wait, visible to the whole
/// process, for <see cref="Commit"/>, for the timer, or for <see cref="Dispose"/>.
/// </summary>
public sealed class OciBatch : IDisposable
{
    private const int PublishCount = 256;
    private const long PublishBytes = 16 << 20;

    /// <summary>Who stopped a batch waits no longer than this for locks of others.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private readonly OciStore _owner;
    private readonly StoreWriter _writer;
    private readonly CancellationToken _stop;
    private readonly object _sync = new();
    private readonly Timer? _timer;
    private readonly List<StagedBlob> _staged = [];
    private readonly List<PushResult> _published = [];
    private Session.ClaimScope? _scope;
    private Session? _session;
    private long _stagedBytes;
    private bool _disposed;

    internal OciBatch(OciStore owner, OciStore held, StoreWriter writer, TimeSpan? autoCommit, CancellationToken stop)
    {
        _owner = owner;
        _writer = writer;
        _stop = stop;
        Store = held;
        if (autoCommit is { } period) _timer = new Timer(_ => CommitInBackground(), null, period, period);
    }

    /// <summary>The store whose changes wait for this batch.</summary>
    public OciStore Store { get; }

    /// <summary>The first error of the timer or of <see cref="Dispose"/>; what they could not save waits on.</summary>
    public Exception? LastError { get; private set; }

    /// <summary>Whether enough is staged that waiting for more gains nothing.</summary>
    public bool ShouldPublish
    {
        get
        {
            lock (_sync) return _staged.Count >= PublishCount || _stagedBytes >= PublishBytes || _published.Count > 0;
        }
    }

    /// <summary>Copies and verifies content; it becomes visible when the batch publishes it, with others at once.</summary>
    /// <param name="request">What is known of the content.</param>
    /// <param name="content">Read to its end, unless the content is stored already.</param>
    /// <param name="userState">Comes back with the result.</param>
    /// <param name="cancellation">Stops it; nothing of this item stays then.</param>
    /// <exception cref="OciException">What is wrong with this item; the others are not touched.</exception>
    public void Stage(PushRequest request, Stream content, object? userState = null, CancellationToken cancellation = default)
    {
        var scope = Scope(cancellation);
        var reused = _writer.Reuse(request, userState, scope, cancellation);
        var staged = reused ?? _writer.Stage(SessionOfGroup(cancellation), request, content, userState, cancellation);
        lock (_sync)
        {
            _staged.Add(staged);
            if (reused is null) _stagedBytes += staged.Descriptor.Size;
        }
    }

    /// <summary>Publishes what is staged.</summary>
    /// <returns>What was published since the last call, by the timer too, in the order of staging.</returns>
    public IReadOnlyList<PushResult> Publish(CancellationToken cancellation = default)
    {
        lock (_sync)
        {
            PublishStaged(cancellation);
            var result = _published.ToArray();
            _published.Clear();
            return result;
        }
    }

    /// <summary>Makes a tag name stored content, as <see cref="OciStore.Tag(Descriptor, string, CancellationToken)"/> does; it is saved with the others.</summary>
    /// <remarks>Until the batch ends nothing that it has tagged is removed, so a second tag of the same content costs next to nothing.</remarks>
    public void Tag(Descriptor target, string tag, CancellationToken cancellation = default) => Store.Tag(target, tag, Scope(cancellation), cancellation);

    /// <summary>Publishes what is staged and saves the index, unless the store saves only when it is told to.</summary>
    public void Commit(CancellationToken cancellation = default)
    {
        lock (_sync)
        {
            PublishStaged(cancellation);
            if (_owner.Options.AutoSaveIndex) _owner.SaveIndex(cancellation);
        }
    }

    /// <summary>
    /// Commits; an error is kept in <see cref="LastError"/>, since nobody could catch it here. A batch that was stopped gives up what is
    /// staged, and does not wait for others: what it could not save waits for the next change of this process.
    /// </summary>
    public void Dispose()
    {
        _timer?.Dispose();
        lock (_sync)
        {
            if (_disposed) return;
            _disposed = true;
            var isStopped = _stop.IsCancellationRequested;
            if (isStopped) Discard();
            CommitInBackground();
            Discard();

            // A stop that came in the middle of that: what is left to be saved gets the time that it would have had before.
            if (!isStopped && _stop.IsCancellationRequested && _writer.HasPending) CommitInBackground();
            _scope?.Dispose();
        }
    }

    private void CommitInBackground()
    {
        if (!Monitor.TryEnter(_sync)) return; // somebody is publishing or committing right now
        using var limit = _disposed && _stop.IsCancellationRequested ? new CancellationTokenSource(Patience) : null;
        try
        {
            Commit(limit?.Token ?? _stop);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Who has been stopped only now saves once more when it is disposed. What was only staged is given up without a word.
            if (limit is not null && _writer.HasPending) LastError ??= NotSaved();
        }
        catch (Exception e)
        {
            LastError ??= e;
        }
        finally
        {
            Monitor.Exit(_sync);
        }
    }

    private void Discard()
    {
        _writer.Discard(_staged);
        _staged.Clear();
    }

    private OciException NotSaved() => new(
        OciErrorKind.StoreBusy,
        $"The batch was stopped while others were changing '{_owner.Path}'. What it did is saved with the next change of this process.",
        _owner.Path);

    private Session.ClaimScope Scope(CancellationToken cancellation)
    {
        lock (_sync)
        {
            if (_scope is null) _owner.CheckWritable();
            return _scope ??= _writer.Begin(cancellation);
        }
    }

    // Whether somebody removed its files is asked once a group: the group is published whole, or fails whole.
    private Session SessionOfGroup(CancellationToken cancellation)
    {
        lock (_sync) return _session is { } session && _staged.Count > 0 ? session : _session = _writer.Session(cancellation);
    }

    private void PublishStaged(CancellationToken cancellation)
    {
        if (_staged.Count == 0) return;
        var group = _staged.ToArray();
        _staged.Clear();
        _stagedBytes = 0;
        _writer.Publish(group, Scope(cancellation), cancellation);
        foreach (var staged in group) _published.Add(new PushResult(staged.Descriptor, staged.AlreadyExisted, staged.UserState));
    }
}
