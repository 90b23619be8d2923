using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>A cmdlet that works on whole stores, and takes them from the pipeline.</summary>
public abstract class OciWholeStoreCmdlet : OciStoreCmdlet
{
    /// <summary>
    /// A store from the pipeline: what Get-OciStore emits, or a path.
    /// </summary>
    [Parameter(ValueFromPipeline = true)]
    [ItemTransformation]
    public ItemArgument? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(InputObject?.Typed ?? Store?.Typed, () =>
    {
        if (InputObject is null && MyInvocation.ExpectingInput) throw NoStore("null was piped.");
        Process(StoreFor(InputObject is null ? null : PipedStore(InputObject)));
    });

    /// <summary>Does the work for one store.</summary>
    private protected abstract void Process(OciStore store);

    private StoreArgument PipedStore(ItemArgument item)
    {
        if (item.Text is { } path)
        {
            var argument = StoreArgument.From(path);
            argument.TryResolve(SessionState);
            return argument;
        }

        // An object of a store is no store: for each of many tags the whole store would be listed, or collected.
        return item.IsStoreOnly ? item.Store! : throw NoStore($"{Unwrap.TypeName(item.Typed)} is no store.");
    }

    private OciArgumentException NoStore(string message) =>
        new("InvalidInput", message, $"{MyInvocation.MyCommand.Name} takes stores from the pipeline: pipe what Get-OciStore emits, or paths.");
}
