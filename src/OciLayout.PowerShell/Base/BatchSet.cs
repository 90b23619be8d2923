using System;
using System.Collections.Generic;
using System.Management.Automation;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>
/// What one pipeline changes in stores: one write of the index for each. While the pipeline runs for long or stalls, a timer writes what there
/// is. Whatever ends the pipeline early, what was done is written: the engine then calls only Dispose.
/// </summary>
/// <param name="cmdlet">Where errors are written.</param>
/// <param name="attempt">Does something for a target, and reports what goes wrong with it.</param>
/// <param name="stop">Cancelled when the pipeline is stopped.</param>
internal sealed class BatchSet(Cmdlet cmdlet, Func<object?, Action, bool> attempt, CancellationToken stop) : IDisposable
{
    private static readonly TimeSpan WriteAfter = TimeSpan.FromSeconds(2);

    private readonly Dictionary<OciStore, OciBatch> _batches = [];
    private readonly HashSet<Exception> _reported = [];
    private readonly HashSet<OciBatch> _failed = [];

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
            if (!attempt(entry.Key, () => entry.Value.Commit(stop))) _failed.Add(entry.Value);
        }
    }

    /// <summary>Writes what still waits. Never throws: exceptions here vanish in the engine.</summary>
    public void Dispose()
    {
        foreach (var entry in _batches)
        {
            entry.Value.Dispose();
            // It tries once more what committing could not do; the same error again is no news.
            if (entry.Value.LastError is { } error && _reported.Add(error) && !_failed.Contains(entry.Value))
                DeferredErrors.Keep(error, entry.Key.Path);
        }

        _batches.Clear();
    }

    // What the timer could not do is said at the next chance.
    private void Report(OciBatch batch)
    {
        if (batch.LastError is { } error && _reported.Add(error)) cmdlet.WriteError(ErrorTable.Record(error, batch.Store.Path));
    }
}
