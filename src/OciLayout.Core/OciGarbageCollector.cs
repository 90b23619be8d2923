using System;
using System.Threading;
using OciLayout.Common;

namespace OciLayout;

/// <summary>Deletes content that is not reachable from any root of a store, and files of processes that were killed. Thread-safe.</summary>
public sealed class OciGarbageCollector
{
    private readonly OciStore _store;
    private readonly GarbageOptions _options;

    /// <summary>Creates a garbage collection. Nothing is read or changed yet.</summary>
    /// <param name="store">The store.</param>
    /// <param name="options">The content to keep, and the refusals to override; null for the defaults.</param>
    public OciGarbageCollector(OciStore store, GarbageOptions? options = null)
    {
        _store = Guard.NotNull(store);
        _options = options ?? new GarbageOptions();
    }

    /// <summary>Returns what a run would delete now. Changes nothing.</summary>
    /// <param name="cancellationToken">The token that cancels planning.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.IncompleteGraph"/>.</exception>
    public GarbagePlan Plan(CancellationToken cancellationToken = default) => _store.Remover.PlanGarbage(_options, cancellationToken);

    /// <summary>
    /// Plans and deletes. It takes no plan, because content of an older plan may be reachable again: a run decides about each item while no
    /// other process can change the store.
    /// </summary>
    /// <param name="progress">The receiver of each item after it was deleted. It is called on one thread at a time.</param>
    /// <param name="cancellationToken">The token that cancels the collection between files. The store stays consistent.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.IncompleteGraph"/>, <see cref="OciErrorKind.ReadOnlyStore"/>,
    /// <see cref="OciErrorKind.StoreBusy"/>.</exception>
    public GarbageResult Run(IProgress<RemovedItem>? progress = null, CancellationToken cancellationToken = default)
    {
        _store.CheckWritable();
        _store.Writer.Commit(cancellationToken);
        return _store.Remover.Collect(_options, progress is null ? null : progress.Report, cancellationToken);
    }
}
