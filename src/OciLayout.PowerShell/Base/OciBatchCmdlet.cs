using System.Collections.Generic;

namespace OciLayout.PowerShell;

/// <summary>A cmdlet that changes stores. It writes the index once for all changes of a pipeline.</summary>
public abstract class OciBatchCmdlet : OciStoreCmdlet
{
    private BatchSet? _batches;

    /// <summary>Returns the unwritten changes to a store.</summary>
    private protected OciBatch BatchFor(OciStoreInfo store) => (_batches ??= new BatchSet(this, Try, Cancellation)).For(store);

    /// <summary>The stores that were changed.</summary>
    private protected IEnumerable<KeyValuePair<OciStoreInfo, OciBatch>> Batches => _batches?.All ?? [];

    /// <inheritdoc/>
    protected override void EndProcessing() => _batches?.Commit();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _batches?.Dispose();
        base.Dispose(disposing);
    }
}
