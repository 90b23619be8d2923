using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Completes artifact types: those of the referrers of the reference on the line, otherwise those that the index lists.</summary>
public sealed class ArtifactTypeCompleter : OciCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request)
    {
        if (request.Store is not { } store || request.Bound[nameof(OciReferenceCmdlet.Reference)] is not { } reference)
            return request.Texts(request.Entries.Select(l => l.Descriptor?.ArtifactType));
        var item = ItemArgument.From(reference);
        if (!item.TryGetDigest(out var digest)) digest = store.Resolve(item.NameForReading ?? "", true, request.Cancellation).Digest;
        return request.Texts(store.GetReferrers(digest, null, request.Cancellation).Select(r => r.ArtifactType));
    }
}
