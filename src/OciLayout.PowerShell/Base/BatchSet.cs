using System;
using System.Collections.Generic;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>
/// The changes that one pipeline makes in stores, with one write of the index for each store. While the pipeline runs for long or stalls, a
/// timer writes the changes. When the pipeline ends early, the engine calls only Dispose, which writes them. A write that fails is reported and
/// undoes the changes; it is not tried again.
/// </summary>
/// <param name="cmdlet">Where errors are written.</param>
/// <param name="attempt">Does something for a target, and reports what goes wrong with it.</param>
/// <param name="stop">Cancelled when the pipeline is stopped.</param>
internal sealed class BatchSet(OciCmdlet cmdlet, Func<object?, Action, bool> attempt, CancellationToken stop) : IDisposable
{
    private static readonly TimeSpan WriteAfter = TimeSpan.FromSeconds(2);

    private readonly Dictionary<OciStore, OciBatch> _batches = [];

    /// <summary>The stores that were changed.</summary>
    public IEnumerable<KeyValuePair<OciStore, OciBatch>> All => _batches;

    /// <summary>The changes to a store that wait to be written.</summary>
    public OciBatch For(OciStore store)
    {
        if (_batches.TryGetValue(store, out var batch))
        {
            Report(batch);
            return batch;
        }

        batch = store.Core.BeginBatch(WriteAfter, stop);
        _batches.Add(store, batch);
        return batch;
    }

    /// <summary>Writes what waits.</summary>
    public void Commit()
    {
        foreach (var entry in _batches)
        {
            Report(entry.Value);
            attempt(entry.Key, () => entry.Value.Commit(stop));
            Report(entry.Value);
        }
    }

    /// <summary>Writes what still waits. Never throws: exceptions here vanish in the engine.</summary>
    public void Dispose()
    {
        foreach (var entry in _batches)
        {
            entry.Value.Dispose();
            foreach (var error in entry.Value.TakeErrors()) DeferredErrors.Keep(error, entry.Key.Path);
        }

        _batches.Clear();
    }

    // The errors of the timer.
    private void Report(OciBatch batch)
    {
        foreach (var error in batch.TakeErrors()) cmdlet.Report(error, batch.Store.Path);
    }
}
