using System;
using System.Collections.Generic;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>
/// The changes that one pipeline makes in stores. Each store gets one write of the index. When the pipeline runs long or stalls, a timer
/// writes the changes earlier. When the pipeline ends early, the engine calls only Dispose, which writes them. A write that fails is
/// reported and undoes the changes; it is not repeated.
/// </summary>
/// <param name="cmdlet">The cmdlet that reports errors.</param>
/// <param name="attempt">Runs an action for a target and reports its error.</param>
/// <param name="cancellationToken">Cancelled when the pipeline is stopped.</param>
internal sealed class BatchSet(OciCmdlet cmdlet, Func<object?, Action, bool> attempt, CancellationToken cancellationToken) : IDisposable
{
    private static readonly TimeSpan WriteAfter = TimeSpan.FromSeconds(2);

    private readonly Dictionary<OciStoreInfo, OciBatch> _batches = [];

    /// <summary>The stores that were changed.</summary>
    public IEnumerable<KeyValuePair<OciStoreInfo, OciBatch>> All => _batches;

    /// <summary>Returns the unwritten changes to a store.</summary>
    public OciBatch For(OciStoreInfo store)
    {
        if (_batches.TryGetValue(store, out var batch))
        {
            Report(batch);
            return batch;
        }

        batch = store.Core.BeginBatch(WriteAfter, cancellationToken);
        _batches.Add(store, batch);
        return batch;
    }

    /// <summary>Writes the changes.</summary>
    public void Commit()
    {
        foreach (var entry in _batches)
        {
            Report(entry.Value);
            attempt(entry.Key, () => entry.Value.Commit(cancellationToken));
            Report(entry.Value);
        }
    }

    /// <summary>
    /// Writes the remaining changes. Never throws, because the engine drops exceptions of Dispose; the next cmdlet reports the errors.
    /// </summary>
    public void Dispose()
    {
        foreach (var entry in _batches)
        {
            entry.Value.Dispose();
            foreach (var error in entry.Value.TakeErrors()) DeferredErrors.Keep(error, entry.Key.Path);
        }

        _batches.Clear();
    }

    // Reports the errors of the timer.
    private void Report(OciBatch batch)
    {
        foreach (var error in batch.TakeErrors()) cmdlet.Report(error, batch.Store.Path);
    }
}
