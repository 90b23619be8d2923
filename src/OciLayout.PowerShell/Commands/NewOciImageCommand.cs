using System.Collections.Generic;
using System.Management.Automation;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>Builds an image: a base or nothing, and a layer for each path.</summary>
[Cmdlet(VerbsCommon.New, "OciImage", SupportsShouldProcess = true)]
[OutputType(typeof(OciDescriptor))]
public sealed class NewOciImageCommand : OciImageWriteCmdlet
{
    private int _built;

    /// <summary>The directories, files and tar archives that become layers. Wildcards are permitted.</summary>
    [Parameter(Position = 1)]
    [PathTransformation(Wildcards = true)]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>The image that the new one is based on.</summary>
    [Parameter]
    [ItemTransformation]
    [ArgumentCompleter(typeof(ReferenceCompleter))]
    public ItemArgument? Base { get; set; }

    /// <summary>The platform of the image, or the one that is chosen from an index as the base.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    private protected override IReadOnlyList<ItemArgument>? Named => Base is null ? null : [Base];

    private protected override string? SecondParameter => nameof(Base);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Store?.Content is not null)
            Terminate(new OciArgumentException("InvalidDestination", $"'{Store}' names content, and the new image is stored in a repository.", "Write -Store without a tag, and the tag with -Tag."), Store.Typed);
        FindPaths(TypedPath.From(Path, null));
    }

    private protected override void ProcessStore(OciPlaceInfo store) => Build(store, null);

    private protected override void Process(OciPlaceInfo store, ItemArgument item)
    {
        if (++_built > 1 && Tag is not null) throw new OciArgumentException("OneInputOnly", "-Tag needs one image, but several bases were given.", "Build one image at a time, or leave out -Tag.");
        Build(store, item);
    }

    private void Build(OciPlaceInfo place, ItemArgument? item)
    {
        var settings = Settings(null);
        var image = item is null ? null : Await($"Reading {item} from {place}", () => ReadBaseAsync(place, item));
        OciImageBuilder.Check(image, settings, Platform);
        if (!ShouldProcess(place.Path, $"Build an image{(item is null ? "" : $" on {item}")}{DescribeChanges(Tag)}")) return;
        var built = Write(place, $"Building an image in {place}", (batch, repository, progress) =>
        {
            var builder = batch is not null ? new OciImageBuilder(batch) : new OciImageBuilder(repository!);
            return builder.Build(image, settings, Platform, Tag, progress, Cancellation);
        });
        WriteObject(new OciDescriptor(place, built));
    }

    private async ValueTask<OciImage> ReadBaseAsync(OciPlaceInfo place, ItemArgument item)
    {
        var root = await item.ResolveAsync(place, allowBarePrefix: true, Cancellation).ConfigureAwait(false);
        return await OciImage.SelectAsync(place.Place, root, Platform, Cancellation).ConfigureAwait(false);
    }
}
