using System;
using System.Collections.Generic;

namespace OciLayout.PowerShell;

/// <summary>
/// A cmdlet that changes stores. All changes of one pipeline are one write of the index; while the pipeline runs for long or stalls,
/// a timer writes what there is. Whatever ends the pipeline early, what was done is written: the engine then calls only Dispose.
/// </summary>
public abstract class OciBatchCmdlet : OciStoreCmdlet
{
    private static readonly TimeSpan WriteAfter = TimeSpan.FromSeconds(2);

    private readonly Dictionary<OciStore, OciBatch> _batches = [];
    private readonly HashSet<Exception> _reported = [];
    private readonly HashSet<OciBatch> _failed = [];

    /// <summary>The changes to a store that wait to be written.</summary>
    private protected OciBatch BatchFor(OciStore store)
    {
        if (_batches.TryGetValue(store, out var batch))
        {
            Report(batch);
            return batch;
        }

        batch = store.Core.BeginBatch(WriteAfter, Cancellation);
        _batches.Add(store, batch);
        return batch;
    }

    /// <summary>The stores that were changed.</summary>
    private protected IEnumerable<KeyValuePair<OciStore, OciBatch>> Batches => _batches;

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (var entry in _batches)
        {
            Report(entry.Value);
            if (!Try(entry.Key, () => entry.Value.Commit(Cancellation))) _failed.Add(entry.Value);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var entry in _batches)
            {
                // Never throws: exceptions here vanish in the engine.
                entry.Value.Dispose();
                // It tries once more what EndProcessing could not do; the same error again is no news.
                if (entry.Value.LastError is { } error && _reported.Add(error) && !_failed.Contains(entry.Value))
                    DeferredErrors.Keep(error, entry.Key.Path);
            }

            _batches.Clear();
        }

        base.Dispose(disposing);
    }

    // What the timer could not do is said at the next chance.
    private void Report(OciBatch batch)
    {
        if (batch.LastError is { } error && _reported.Add(error)) WriteError(ErrorTable.Record(error, batch.Store.Path));
    }
}
