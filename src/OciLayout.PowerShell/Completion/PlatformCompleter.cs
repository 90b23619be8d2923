using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>
/// Completes platforms: those of the references on the line, otherwise those of all entries of the index. Common platforms are offered when
/// none is known, unless the line selects an image of named content.
/// </summary>
public sealed class PlatformCompleter : OciCompleter
{
    private static readonly string[] Common = ["linux/amd64", "linux/arm64", "linux/arm/v7", "windows/amd64"];

    // Cmdlets whose parameter states the platform of the content.
    private static readonly string[] Assigning = ["New-OciIndex", "Edit-OciIndex", "New-OciImage"];

    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request)
    {
        List<string> platforms = request.Store is { } store ? [.. Platforms(store, request)] : [];
        var selects = request.Store is not null && request.Bound[nameof(OciReferenceCmdlet.Reference)] is not null && !Assigning.Contains(request.Command);
        return request.Texts(platforms.Count > 0 || selects ? platforms : Common);
    }

    private static IEnumerable<string> Platforms(OciStore store, CompletionRequest request)
    {
        var roots = request.Bound[nameof(OciReferenceCmdlet.Reference)] is { } reference
            ? References(reference).Select(r => store.Resolve(ItemArgument.From(r).NameForReading ?? "", true, request.Cancellation))
            : request.Entries.Select(l => l.Descriptor).OfType<Descriptor>();
        foreach (var root in roots)
        {
            if (request.Cancellation.IsCancellationRequested) yield break;
            foreach (var (platform, _) in OciPlatforms.List(store, root, CancellationToken.None)) yield return platform.ToString();
        }
    }

    private static object[] References(object given) => EngineObject.Base(given) is object[] many ? many : [given];
}
