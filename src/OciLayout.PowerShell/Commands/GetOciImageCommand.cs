using System;
using System.Collections.Generic;
using System.Management.Automation;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>Reads the manifests and configurations of images.</summary>
[Cmdlet(VerbsCommon.Get, "OciImage")]
[OutputType(typeof(OciImageInfo))]
public sealed class GetOciImageCommand : OciReferenceCmdlet
{
    /// <summary>The platform whose image is chosen from an index, such as linux/arm64/v8. Without it, all images of the index.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    private protected override string? Advise(Exception error) => ImageAdvice.For(error) ?? base.Advise(error);

    private protected override void Process(OciPlaceInfo store, ItemArgument item)
    {
        var root = Resolve(store, item, allowBarePrefix: true);
        var tag = item.TagOf(root);
        var activity = $"Reading {item} from {store}";
        if (Platform is not null)
        {
            WriteObject(new OciImageInfo(store, tag, root, Await(activity, () => new ValueTask<OciImage>(OciImage.SelectAsync(store.Place, root, Platform, Cancellation)))));
            return;
        }

        foreach (var manifest in Await(activity, () => new ValueTask<IReadOnlyList<Descriptor>>(OciImage.ListAsync(store.Place, root, Cancellation))))
        {
            // A layout may have only some of the images of an index. The other ones are still reported.
            Try(item.Typed, () => WriteObject(new OciImageInfo(store, tag, root, Await(activity, () => new ValueTask<OciImage>(OciImage.ReadAsync(store.Place, manifest, Cancellation))))));
        }
    }
}
