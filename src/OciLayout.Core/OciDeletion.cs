using System;
using System.Collections.Generic;
using System.Threading;
using OciLayout.Common;

namespace OciLayout;

/// <summary>Deletes content of a store by its tag or digest, and the content that only it needs. Thread-safe.</summary>
public sealed class OciDeletion
{
    private readonly OciStore _store;
    private readonly DeletionOptions _options;

    /// <summary>Creates a deletion. Nothing is read or changed yet.</summary>
    /// <param name="store">The store.</param>
    /// <param name="options">The scope of the deletion, and the refusals to override; null for the defaults.</param>
    public OciDeletion(OciStore store, DeletionOptions? options = null)
    {
        _store = Guard.NotNull(store);
        _options = options ?? new DeletionOptions();
    }

    /// <summary>Plans the deletion of one object. Changes nothing.</summary>
    /// <param name="reference">The tag, digest, or digest prefix with its algorithm.</param>
    /// <param name="cancellationToken">The token that cancels planning.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.ContentReferenced"/>,
    /// <see cref="OciErrorKind.IncompleteGraph"/>, and the errors of <see cref="OciStore.Resolve"/>.</exception>
    public DeletionPlan Plan(string reference, CancellationToken cancellationToken = default) =>
        _store.Remover.PlanDeletion(reference, _options, cancellationToken);

    /// <summary>Carries out a plan. If the store changed after the plan was made, updates the plan, or refuses.</summary>
    /// <param name="plan">The result of <see cref="Plan"/>.</param>
    /// <param name="progress">The receiver of each item after it was deleted. It is called on one thread at a time.</param>
    /// <param name="cancellationToken">The token that cancels the deletion between files. The store stays consistent.</param>
    /// <returns>
    /// The deleted items. An item of the plan that is missing here stays in the store, because it was claimed, listed or referenced after
    /// the plan was made.
    /// </returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.IncompleteChange"/>: the index is saved, but some files could not be deleted.
    /// Also the errors of <see cref="Plan"/>.</exception>
    public IReadOnlyList<RemovedItem> Run(DeletionPlan plan, IProgress<RemovedItem>? progress = null, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(plan);
        _store.CheckWritable();
        _store.Writer.Commit(cancellationToken);
        return _store.Remover.Delete(plan, _store.Writer, progress is null ? null : progress.Report, cancellationToken);
    }
}
