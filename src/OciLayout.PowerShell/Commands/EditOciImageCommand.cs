using System.Collections.Generic;
using System.Management.Automation;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>Writes a changed copy of an image, or of the images of an index.</summary>
[Cmdlet(VerbsData.Edit, "OciImage", SupportsShouldProcess = true)]
[OutputType(typeof(OciDescriptor))]
public sealed class EditOciImageCommand : OciImageWriteCmdlet
{
    private int _edited;

    /// <summary>The image or index: a tag, a digest, or an object that has one of them.</summary>
    [Parameter(Position = 1)]
    [ItemTransformation(Many = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ReferenceCompleter))]
    public ItemArgument[]? Reference { get; set; }

    /// <summary>The directories, files and tar archives that become layers. Wildcards are permitted.</summary>
    [Parameter]
    [PathTransformation(Wildcards = true)]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>The platform of the image of an index that is changed. Without it, all images of the index.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    /// <summary>The layers to remove: digests, or at least seven digits of one.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LayerCompleter))]
    public string[]? RemoveLayer { get; set; }

    private protected override IReadOnlyList<ItemArgument>? Named => Reference;

    private protected override string? SecondParameter => nameof(Reference);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        FindPaths(TypedPath.From(Path, null));
    }

    private protected override void Process(OciPlaceInfo store, ItemArgument item)
    {
        if (++_edited > 1 && Tag is not null) throw new OciArgumentException("OneInputOnly", "-Tag needs one image, but several were given.", "Edit one image at a time, or leave out -Tag.");
        var settings = Settings(RemoveLayer);
        var root = Resolve(store, item, allowBarePrefix: false);
        if (Tag is null && item is { Tag: { } named, Digest: not null }) item.CheckNotMoved(Await($"Resolving {named} in {store}", () => store.ResolveAsync(named, false, Cancellation)).Digest);
        var own = item.TagOf(root);
        var tags = Tag ?? (own is null ? [] : [own]);
        var plan = Await($"Reading {item} from {store}", () => new ValueTask<OciImageEdit>(OciImageEdit.PlanAsync(store.Place, root, settings, Platform, Cancellation)));
        plan.Tag = own;
        if (!ShouldProcess($"{item} in {store}", $"Edit {Display.Count(plan.Images.Count, "image", "images")}{DescribeChanges(Tag)}")) return;
        var result = Write(store, $"Editing {item} in {store}", (batch, repository, progress) =>
            batch is not null ? plan.Run(batch, tags, progress, Cancellation) : plan.Run(repository!, tags, progress, Cancellation));
        WriteObject(new OciDescriptor(store, result));
        if (result.Digest == root.Digest) WriteWarning($"{item} has these settings already. Nothing was written.");
        else WarnOfReferrers(store, root, plan);
    }

    private void WarnOfReferrers(OciPlaceInfo store, Descriptor root, OciImageEdit plan)
    {
        var count = Await($"Listing the referrers of {root.Digest}", () => new ValueTask<int>(plan.CountReferrersAsync(Cancellation)));
        if (count > 0) WriteWarning($"{Display.Count(count, "manifest is", "manifests are")} attached to {root.Digest} or its images in {store}, such as signatures and SBOMs. They do not apply to the changed content.");
    }
}
