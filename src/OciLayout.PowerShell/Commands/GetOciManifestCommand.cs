using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Reads a manifest or index.
/// </summary>
[Cmdlet(VerbsCommon.Get, "OciManifest")]
[OutputType(typeof(OciManifest))]
public sealed class GetOciManifestCommand : OciReferenceCmdlet
{
    private protected override void Process(OciStore store, ItemArgument item)
    {
        var descriptor = item.Resolve(store, allowBarePrefix: true, Cancellation);
        WriteObject(new OciManifest(store, descriptor, store.Core.GetManifest(descriptor, Cancellation)));
    }
}
