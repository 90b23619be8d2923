using System;
using System.Collections.Generic;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>A cmdlet that works on content of a store, which a parameter names or the pipeline supplies.</summary>
public abstract class OciItemCmdlet : OciStoreCmdlet
{
    /// <summary>
    /// Content from the pipeline: an object that has a digest, a tag or a reference, or the text of one. An object selects the store that
    /// it came from.
    /// </summary>
    [Parameter(ValueFromPipeline = true)]
    [ItemTransformation]
    public ItemArgument? InputObject { get; set; }

    /// <summary>The content that a parameter names; null when the parameter was not used.</summary>
    private protected abstract IReadOnlyList<ItemArgument>? Named { get; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (InputObject is { Text: { } text } && Store is null && IsLayout(text)) InputObject = new ItemArgument(text) { Store = StoreArgument.From(text) };
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

    // A piped text names content, but a path such as ./layout cannot be a tag.
    private bool IsLayout(string text) => CommonAdvice.IsPath(text) && LayoutPath.Exists(PathResolver.Literal(SessionState, text));

    private void ProcessNamed(ItemArgument? piped)
    {
        var inStore = (piped is null ? Store : piped.Store)?.Content;
        if (Named is null && inStore is null) Try(piped?.Typed ?? Store?.Typed, () => ProcessStore(StoreFor(piped?.Store)));
        else foreach (var item in Named ?? [inStore!]) Try(item.Typed, () => ProcessItem(NotTwice(item, inStore), piped));
    }

    // A tag or digest is part of the reference to a registry, or of the parameter.
    private ItemArgument NotTwice(ItemArgument item, ItemArgument? inStore) => inStore is null || item.NameForReading == inStore.NameForReading || item.NameForReading == inStore.Tag
        ? inStore ?? item
        : throw new OciArgumentException("TwoReferences", $"'{inStore}' names content, and -{SecondParameter} names '{item}'.", PathParameter is { } path && CommonAdvice.IsPath(item.ToString() ?? "") && !MyInvocation.BoundParameters.ContainsKey(path)
            ? $"Name the path: -{path} {CommonAdvice.Quote(item.ToString()!)}."
            : $"Leave out -{SecondParameter}, or write -Store {CommonAdvice.Quote(Store!.FullPath(SessionState))}.");

    // The parameter that a path in the position of the content was meant for; null if the cmdlet has none.
    private string? PathParameter => ThirdParameter ?? (MyInvocation.MyCommand is CmdletInfo { Parameters: { } own } && own.ContainsKey("Path") ? "Path" : null);

    private void ProcessItem(ItemArgument item, ItemArgument? pipedStore = null) => Try(item.Typed, () =>
    {
        if (item.Problem is not null) throw item.Problem;
        if (item.IsStoreOnly) throw Unusable($"'{item}' is a store, not content of a store.");
        if (pipedStore is null) Process(StoreOf(item), item);
        else Process(StoreFor(pipedStore.Store, item.Store), item);
    });

    /// <summary>Returns the store of an item.</summary>
    private protected virtual OciPlaceInfo StoreOf(ItemArgument item) => StoreFor(item.Store);

    /// <summary>Processes one item.</summary>
    private protected abstract void Process(OciPlaceInfo store, ItemArgument item);

    /// <summary>Returns the descriptor of an item.</summary>
    private protected Descriptor Resolve(OciPlaceInfo store, ItemArgument item, bool allowBarePrefix) =>
        Remember(item, item.Descriptor ?? Await($"Resolving {item} in {store}", () => item.ResolveAsync(store, allowBarePrefix, Cancellation)));

    /// <summary>Processes a store when no content was given.</summary>
    private protected virtual void ProcessStore(OciPlaceInfo store) => throw new OciException(
        OciErrorKind.MissingReference, $"No content was given: -{SecondParameter} is missing, and nothing was piped.", "");

    private protected override string? Advise(Exception error) => error is OciException { Kind: OciErrorKind.MissingReference } && StoreText is { } store
        ? $"Write {MyInvocation.MyCommand.Name} {CommonAdvice.Quote(store)} v1, or pipe an object that has a tag or a digest. Get-OciTag {CommonAdvice.Quote(store)} lists the tags."
        : base.Advise(error);

    private OciArgumentException Unusable(string message) =>
        new("InvalidInput", message, $"Name content with -{SecondParameter}, or pipe objects that have a Digest, Tag or Reference.");
}
