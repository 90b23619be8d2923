using System;
using System.Collections.Generic;
using System.Management.Automation;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>Compares the layers, settings and files of two images.</summary>
[Cmdlet(VerbsData.Compare, "OciImage")]
[OutputType(typeof(OciImageDifference))]
public sealed class CompareOciImageCommand : OciReferenceCmdlet
{
    /// <summary>The image or index to compare. Without it, the same name in the difference store.</summary>
    [Parameter(Position = 2)]
    [ItemTransformation]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ReferenceCompleter))]
    public ItemArgument? DifferenceReference { get; set; }

    /// <summary>The store of the image to compare. Without it, the store of the object or of the reference image.</summary>
    [Parameter]
    [StoreTransformation]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public StoreArgument? DifferenceStore { get; set; }

    /// <summary>The platform whose images are compared, such as linux/arm64/v8. Without it, all images of two indexes.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    /// <summary>Compares also the files.</summary>
    [Parameter]
    public SwitchParameter File { get; set; }

    /// <summary>Emits also what both images have.</summary>
    [Parameter]
    public SwitchParameter IncludeEqual { get; set; }

    private protected override string? Advise(Exception error) => ImageAdvice.For(error) ?? base.Advise(error);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (DifferenceReference is null && DifferenceStore is null)
            Terminate(new OciArgumentException("MissingDifference", "No image to compare was given: -DifferenceReference is missing.", "Name two images: Compare-OciImage ./layout app:1 app:2. With -DifferenceStore, the same name in another store is compared."), null);
        if (DifferenceReference?.Problem is { } problem) Terminate(problem, DifferenceReference.Typed);
    }

    private protected override void Process(OciPlaceInfo store, ItemArgument item)
    {
        var (other, compared) = Difference(store, item);
        var root = Resolve(store, item, allowBarePrefix: true);
        var otherRoot = Resolve(other, compared, allowBarePrefix: true);
        var pairs = Await(
            $"Reading {item} from {store} and {compared} from {other}",
            () => new ValueTask<IReadOnlyList<OciImageComparison>>(OciImageComparison.PlanAsync(store.Place, root, other.Place, otherRoot, Platform, Cancellation)));
        if (Platform is null)
        {
            var differences = Await(
                $"Reading {item} from {store} and {compared} from {other}",
                () => new ValueTask<IReadOnlyList<ImageDifference>>(OciImageComparison.CompareIndexesAsync(store.Place, root, other.Place, otherRoot, IncludeEqual, Cancellation)));
            Emit((store, root), (other, otherRoot), null, differences);
        }

        foreach (var pair in pairs)
        {
            var (before, after) = ((store, pair.Reference?.Descriptor), (other, pair.Difference?.Descriptor));
            Emit(before, after, pair.Platform, pair.Compare(IncludeEqual));
            if (File) Emit(before, after, pair.Platform, Run($"Comparing the files of {item} and {compared}", () => pair.CompareFiles(IncludeEqual, Cancellation), () => WithWait(WorkStatus.OfBytes(pair.Platform?.ToString() ?? "", pair.BytesRead, pair.Size))));
        }
    }

    // The name of an image in another store is its tag, which may name other content there.
    private (OciPlaceInfo Store, ItemArgument Item) Difference(OciPlaceInfo store, ItemArgument item)
    {
        var given = DifferenceStore is null ? null : Open(DifferenceStore);
        var content = DifferenceStore?.Content;
        if (DifferenceReference is null)
        {
            var name = content ?? ItemArgument.From(item.NameForDeleting);
            return (given!, name);
        }

        if (content is not null && content.NameForReading != DifferenceReference.NameForReading)
            throw new OciArgumentException("TwoReferences", $"'{DifferenceStore}' names content, and -DifferenceReference names '{DifferenceReference}'.", "Leave out one of them.");
        if (DifferenceReference.IsStoreOnly) throw new OciArgumentException("InvalidInput", $"'{DifferenceReference}' is a store, not content of a store.", "Name it with -DifferenceStore, or name a tag or a digest.");
        if (DifferenceReference.Store is not { } own) return (given ?? store, DifferenceReference);
        var place = Open(own);
        if (given is not null && !given.IsSame(place))
            throw new OciArgumentException("StoreMismatch", $"'{DifferenceReference}' belongs to the store {place}, but -DifferenceStore says {given}.", "Leave out -DifferenceStore.");
        return (place, DifferenceReference);
    }

    private void Emit((OciPlaceInfo Store, Descriptor? Root) reference, (OciPlaceInfo Store, Descriptor? Root) difference, Platform? platform, IReadOnlyList<ImageDifference> rows)
    {
        foreach (var row in rows)
        {
            var (store, origin) = row.Change == ImageChange.Removed ? reference : difference;
            WriteObject(new OciImageDifference(store, origin!, platform, row));
        }
    }
}
