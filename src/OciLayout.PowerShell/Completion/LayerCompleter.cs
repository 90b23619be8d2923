using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Completes the digests of the layers of the image that the line names.</summary>
public sealed class LayerCompleter : OciCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request)
    {
        if (request.Store is not { } store || request.Bound[nameof(OciReferenceCmdlet.Reference)] is not { } reference) return [];
        var root = store.Resolve(ItemArgument.From(reference).NameForReading ?? "", true, request.Cancellation);
        var images = OciImage.ListAsync(store, root, request.Cancellation).GetAwaiter().GetResult();
        return request.Texts(images.SelectMany(i => store.GetManifest(i, request.Cancellation).Layers).Select(l => l.Digest.ToString()));
    }
}
