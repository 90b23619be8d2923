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
    {
        if (InputObject is null && MyInvocation.ExpectingInput) throw NoStore("null was piped.");
        Process(StoreFor(InputObject is null ? null : PipedStore(InputObject)));
    });

    /// <summary>Processes one store.</summary>
    private protected abstract void Process(OciStoreInfo store);

    private StoreArgument PipedStore(ItemArgument item)
    {
        if (item.Text is { } path)
        {
            var argument = StoreArgument.From(path);
            argument.TryResolve(SessionState);
            return argument;
        }

        // Content of a store is refused: with many piped tags, the whole store would be listed or collected once for each tag.
        return item.IsStoreOnly ? item.Store! : throw NoStore($"{Unwrap.TypeName(item.Typed)} is no store.");
    }

    private OciArgumentException NoStore(string message) =>
        new("InvalidInput", message, $"{MyInvocation.MyCommand.Name} takes stores from the pipeline: pipe what Get-OciStore emits, or paths.");
}
