using System;
using System.Management.Automation;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>Reads a manifest or index.</summary>
[Cmdlet(VerbsCommon.Get, "OciManifest")]
[OutputType(typeof(OciManifest))]
public sealed class GetOciManifestCommand : OciReferenceCmdlet
{
    /// <summary>The platform whose image is chosen from an index, such as linux/arm64/v8.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.UnsupportedMediaType } => "Read it with Get-OciBlob.",
        _ => base.Advise(error),
    };

    private protected override void Process(OciPlaceInfo store, ItemArgument item)
    {
        var descriptor = Resolve(store, item, allowBarePrefix: true);
        var activity = $"Reading {item} from {store}";
        if (Platform is not null) descriptor = Await(activity, () => new ValueTask<Descriptor>(OciPlatforms.SelectAsync(store.Place, descriptor, Platform, Cancellation)));
        WriteObject(new OciManifest(store, descriptor, Await(activity, () => store.GetManifestAsync(descriptor, Cancellation))));
    }
}
