using System.Collections.Generic;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Tests whether content is stored.</summary>
[Cmdlet(VerbsDiagnostic.Test, "OciContent")]
[OutputType(typeof(bool))]
public sealed class TestOciContentCommand : OciItemCmdlet
{
    /// <summary>The content: a digest, at least seven digits of one, a tag, or an object that has one of them.</summary>
    [Parameter(Position = 1)]
    [ItemTransformation(Many = true)]
    [ArgumentCompleter(typeof(ReferenceCompleter))]
    public ItemArgument[]? Digest { get; set; }

    private protected override IReadOnlyList<ItemArgument>? Named => Digest;

    private protected override string? SecondParameter => nameof(Digest);

    // The given store is tested, even when the object came from another one.
    private protected override OciPlaceInfo StoreOf(ItemArgument item) => ExplicitStore ?? base.StoreOf(item);

    private protected override void Process(OciPlaceInfo store, ItemArgument item) => WriteObject(IsStored(store, item));

    private bool IsStored(OciPlaceInfo store, ItemArgument item)
    {
        if (item.TryGetDigest(out var digest)) return Exists(store, digest);
        try
        {
            return Exists(store, Resolve(store, item, allowBarePrefix: true).Digest);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.NotFound)
        {
            return false;
        }
    }

    private bool Exists(OciPlaceInfo store, Digest digest) => Await($"Looking for {Display.Digest(digest)} in {store}", () => store.ExistsAsync(digest, Cancellation));
}
