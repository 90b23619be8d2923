using System.Collections.Generic;

namespace OciLayout.PowerShell;

/// <summary>A cmdlet that changes stores. All changes of one pipeline are one write of the index.</summary>
public abstract class OciBatchCmdlet : OciStoreCmdlet
{
    private BatchSet? _batches;

    /// <summary>The changes to a store that wait to be written.</summary>
    private protected OciBatch BatchFor(OciStore store) => (_batches ??= new BatchSet(this, Try, Cancellation)).For(store);

    /// <summary>The stores that were changed.</summary>
    private protected IEnumerable<KeyValuePair<OciStore, OciBatch>> Batches => _batches?.All ?? [];

    /// <inheritdoc/>
    protected override void EndProcessing() => _batches?.Commit();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _batches?.Dispose();
        base.Dispose(disposing);
    }
}
