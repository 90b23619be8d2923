using System;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;

namespace OciLayout;

/// <summary>
/// Copies the tags of many repositories to one layout, where they get whole names, or to the repositories below a host. A tag that cannot
/// be copied does not stop the others. Not thread-safe.
/// </summary>
public sealed class OciSync : IDisposable
{
    private static readonly TimeSpan SaveAfter = TimeSpan.FromSeconds(2);

    private readonly SyncDestination _destination;
    private readonly SyncOptions _options;
    private readonly List<SyncGroup> _groups = [];
    private readonly CancellationToken _stop;
    private OciBatch? _batch;

    /// <summary>Creates a sync to a layout. Nothing is read or written yet.</summary>
    /// <param name="destination">The layout. Its tags are whole names, such as <c>docker.io/library/nginx:1.27</c>.</param>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <param name="stop">The token that ends the sync early: <see cref="Dispose"/> then waits only briefly for locks.</param>
    public OciSync(OciStore destination, SyncOptions? options = null, CancellationToken stop = default)
        : this(new SyncDestination(Guard.NotNull(destination).Path, destination, () => destination), options, stop)
    {
    }

    /// <summary>Creates a sync to the repositories of a registry. No request is sent yet.</summary>
    /// <param name="destination">The registry.</param>
    /// <param name="prefix">The beginning of the names of the repositories, such as <c>mirror</c>; empty for none.</param>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidReference"/>: the prefix cannot be part of the name of a
    /// repository.</exception>
    public OciSync(OciRegistry destination, string prefix = "", SyncOptions? options = null)
        : this(new SyncDestination(Guard.NotNull(destination).Reference, Guard.NotNull(prefix), r => destination.GetRepository(r.Repository)), options, default)
    {
    }

    internal OciSync(SyncDestination destination, SyncOptions? options, CancellationToken stop)
    {
        _destination = destination;
        _options = options ?? new SyncOptions();
        _stop = stop;
    }

    /// <summary>Plans the sync. Nothing is changed: a registry receives only GET and HEAD requests.</summary>
    /// <param name="sources">The repositories and layouts.</param>
    /// <param name="cancellationToken">The token that cancels planning.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.AmbiguousReference"/>: two sources have the same destination. Errors of one
    /// source or tag are part of the plan.</exception>
    public async Task<SyncPlan> PlanAsync(IReadOnlyList<SyncSource> sources, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(sources);
        var planner = new SyncPlanner(_destination, _options, cancellationToken);
        try
        {
            return await planner.PlanAsync(sources).ConfigureAwait(false);
        }
        finally
        {
            _groups.AddRange(planner.Groups);
        }
    }

    /// <summary>Carries out a plan. An error of one tag is part of its result, and the other tags follow.</summary>
    /// <param name="plan">The result of <see cref="PlanAsync"/>.</param>
    /// <param name="progress">The receiver of the number of bytes that were copied for the current tag. It is called on several threads.</param>
    /// <param name="cancellationToken">The token that cancels the sync.</param>
    /// <returns>A result for each tag of the plan.</returns>
    /// <exception cref="OciException">The errors of saving the index of a layout.</exception>
    public async Task<IReadOnlyList<SyncResult>> RunAsync(SyncPlan plan, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        var results = new List<SyncResult>();
        foreach (var item in Guard.NotNull(plan).Items)
        {
            try
            {
                results.Add(await RunAsync(item, progress, cancellationToken).ConfigureAwait(false));
            }
            catch (Exception e) when (SyncPlanner.IsProblem(e))
            {
                results.Add(new SyncResult(item, SyncAction.Failed, 0, e));
            }
        }

        Save(cancellationToken);
        return results;
    }

    /// <summary>Carries out the plan of one tag. <see cref="Save"/> saves the changes of a layout.</summary>
    /// <param name="item">The tag, of a plan that this object made.</param>
    /// <param name="progress">The receiver of the number of bytes that were copied for this tag. It is called on several threads.</param>
    /// <param name="cancellationToken">The token that cancels the copy.</param>
    /// <exception cref="OciException">The error of the item, and the errors of <see cref="OciCopy.RunAsync"/>;
    /// <see cref="OciErrorKind.UnsupportedOperation"/>: the registry does not remove tags.</exception>
    public async Task<SyncResult> RunAsync(SyncItem item, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        if (Guard.NotNull(item).Error is { } error) ExceptionDispatchInfo.Capture(error).Throw();
        if (item.Action == SyncAction.Removed)
        {
            Prepare(item.Group!);
            await item.Group!.UntagAsync(item.Tag, cancellationToken).ConfigureAwait(false);
        }

        if (item.Copy is null) return new SyncResult(item, item.Action, 0, null);
        Prepare(item.Group!);
        var result = await item.Group!.RunAsync(item.Copy, progress, cancellationToken).ConfigureAwait(false);
        return new SyncResult(item, item.Action, result.CopiedSize, null);
    }

    // The changes of a layout are saved together.
    private void Prepare(SyncGroup group)
    {
        _destination.Create();
        if (_destination.Layout is not { } layout) return;
        _batch ??= layout.BeginBatch(SaveAfter, _stop);
        group.WriteTo(_batch.Store);
    }

    /// <summary>Saves the changes of the index of a layout. A registry needs no such step.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.StoreBusy"/>, <see cref="OciErrorKind.ReadOnlyStore"/>, and the other errors of
    /// <see cref="OciBatch.Commit"/>.</exception>
    public void Save(CancellationToken cancellationToken = default)
    {
        if (_batch is null) return;
        _batch.Commit(cancellationToken);
        if (_batch.TakeErrors() is [var earlier, ..]) ExceptionDispatchInfo.Capture(earlier).Throw();
    }

    /// <summary>Saves the remaining changes of a layout, and releases the claims on the copied content.</summary>
    public void Dispose()
    {
        _batch?.Dispose();
        foreach (var group in _groups) group.Dispose();
        _groups.Clear();
    }
}
