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

    /// <summary>Returns the digest that a tag names now; null when it does not exist or names this content.</summary>
    private protected static Digest? FindMoved(OciStoreInfo store, string? tag, Digest target) =>
        string.IsNullOrEmpty(tag) || store.Core.Reader.FindTag(tag!) is not { } current || current.Digest == target ? null : current.Digest;

    /// <summary>Writes a verbose message for a tag that names other content than before.</summary>
    private protected void WriteMoved(OciStoreInfo store, string? tag, Digest? before, Digest now)
    {
        if (before is not null) WriteVerbose($"Moved the tag '{tag}' in {store} from {before} to {now}.");
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => _batches?.Commit();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _batches?.Dispose();
        base.Dispose(disposing);
    }
}
