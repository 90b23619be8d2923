using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Completes the platforms and digests of the members of the index that the line names.</summary>
public sealed class MemberCompleter : OciCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request)
    {
        if (request.Store is not { } store || request.Bound[nameof(OciReferenceCmdlet.Reference)] is not { } reference) return [];
        var root = store.Resolve(ItemArgument.From(reference).NameForReading ?? "", true, request.Cancellation);
        var members = store.GetManifest(root, request.Cancellation).Manifests;
        return request.Texts(members.Select(m => m.Platform?.ToString())).Concat(request.Texts(members.Select(m => m.Digest.ToString())));
    }
}
