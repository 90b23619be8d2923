using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Finds the manifests and indexes that reference content.</summary>
[Cmdlet(VerbsCommon.Get, "OciPredecessor")]
[OutputType(typeof(OciDescriptor))]
public sealed class GetOciPredecessorCommand : OciReferenceCmdlet
{
    private protected override void Process(OciPlaceInfo place, ItemArgument item)
    {
        var store = Layout(place);
        // Manifests may reference content that is not stored, so a digest is not resolved.
        if (!item.TryGetDigest(out var digest)) digest = Resolve(store, item, allowBarePrefix: true).Digest;
        var found = RunReading(store, $"Finding predecessors of {Display.Digest(digest)}", () => store.Core.GetPredecessors(digest, Cancellation));
        foreach (var predecessor in found) WriteObject(new OciDescriptor(store, predecessor));
    }
}
