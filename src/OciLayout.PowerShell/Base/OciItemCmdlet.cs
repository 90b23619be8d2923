using System.Collections.Generic;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>A cmdlet that works on content of a store, named by a parameter or piped.</summary>
public abstract class OciItemCmdlet : OciStoreCmdlet
{
    /// <summary>
    /// Content from the pipeline: an object that has a digest, a tag or a reference, or the text of one. It means the store that it came from.
    /// </summary>
    [Parameter(ValueFromPipeline = true)]
    [ItemTransformation]
    public ItemArgument? InputObject { get; set; }

    /// <summary>What was named by a parameter.</summary>
    private protected abstract IReadOnlyList<ItemArgument>? Named { get; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (InputObject is null && MyInvocation.ExpectingInput)
        {
            Try(null, () => throw Unusable("null was piped."));
        }
        else if (InputObject is null || InputObject.IsStoreOnly)
        {
            ProcessNamed(InputObject);
        }
        else if (Named is not null)
        {
            Try(InputObject.Typed, () => throw Unusable($"Both -{SecondParameter} and piped input name content."));
        }
        else
        {
            ProcessItem(InputObject);
        }
    }

    private void ProcessNamed(ItemArgument? piped)
    {
        if (Named is null) Try(piped?.Typed ?? Store?.Typed, () => ProcessStore(StoreFor(piped?.Store)));
        else foreach (var item in Named) ProcessItem(item, piped);
    }

    private void ProcessItem(ItemArgument item, ItemArgument? pipedStore = null) => Try(item.Typed, () =>
    {
        if (item.Problem is not null) throw item.Problem;
        if (item.IsStoreOnly) throw Unusable($"'{item}' is a store, and no content of one.");
        if (pipedStore is null) Process(StoreOf(item), item);
        else Process(StoreFor(pipedStore.Store, item.Store), item);
    });

    /// <summary>The store to ask for an item.</summary>
    private protected virtual OciStore StoreOf(ItemArgument item) => StoreFor(item.Store);

    /// <summary>Does the work for one item.</summary>
    private protected abstract void Process(OciStore store, ItemArgument item);

    /// <summary>Does the work when nothing in the store is named.</summary>
    private protected virtual void ProcessStore(OciStore store) => throw new OciException(
        OciErrorKind.MissingReference, $"No content is named: -{SecondParameter} is missing, and nothing was piped.", "");

    private OciArgumentException Unusable(string message) =>
        new("InvalidInput", message, $"Name content with -{SecondParameter}, or pipe objects that have a Digest, Tag or Reference.");
}
