using System.Collections.Generic;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// <para type="synopsis">Resolves references, walks down from them, or lists what the index lists.</para>
/// </summary>
[Cmdlet(VerbsCommon.Get, "OciDescriptor")]
[OutputType(typeof(OciDescriptor))]
public sealed class GetOciDescriptorCommand : OciReferenceCmdlet
{
    /// <summary><para type="description">Emits also all that is below, each digest once, where it is met first.</para></summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    private protected override void Process(OciStore store, ItemArgument item)
    {
        var descriptor = item.Resolve(store, allowBarePrefix: true, Cancellation);
        if (Recurse) Walk(store, descriptor, []);
        else WriteObject(new OciDescriptor(store, descriptor));
    }

    private protected override void ProcessStore(OciStore store)
    {
        var seen = new HashSet<Digest>();
        foreach (var listing in store.Core.Entries())
        {
            Cancellation.ThrowIfCancellationRequested();
            if (listing.Descriptor is not { } descriptor)
            {
                if (listing.Problem is { } problem) WriteError(ErrorTable.Record(problem, store));
            }
            else if (Recurse)
            {
                Walk(store, descriptor, seen);
            }
            else
            {
                WriteObject(new OciDescriptor(store, descriptor));
            }
        }
    }

    private void Walk(OciStore store, Descriptor root, HashSet<Digest> seen)
    {
        foreach (var visit in store.Core.Walk(root, Cancellation))
        {
            if (!seen.Add(visit.Descriptor.Digest)) continue;
            WriteObject(new OciDescriptor(store, visit.Descriptor) { Depth = visit.Depth, Role = visit.Role });
            if (visit.Problem is { } problem) WriteError(ErrorTable.Record(problem, visit.Descriptor.Digest.ToString()));
            else if (visit.Missing) WriteVerbose($"{visit.Descriptor.Digest} is not stored here.");
        }
    }
}
