using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>A cmdlet that works on whole stores, which may come from the pipeline.</summary>
public abstract class OciWholeStoreCmdlet : OciStoreCmdlet
{
    /// <summary>A store from the pipeline: an object of Get-OciStore, or a path.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ItemTransformation]
    public ItemArgument? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(InputObject?.Typed ?? Store?.Typed, () =>
        Process(StoreFor(InputObject is null && !MyInvocation.ExpectingInput ? null : PipedStore(InputObject))));

    /// <summary>Processes one store.</summary>
    private protected abstract void Process(OciPlaceInfo store);
}
