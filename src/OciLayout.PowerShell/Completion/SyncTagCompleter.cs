using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Completes the tags of the sources of a sync. In a layout, the tag is the part of a whole name after the last colon.</summary>
public sealed class SyncTagCompleter : OciCompleter
{
    private protected override bool NeedsStore => false;

    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request)
    {
        if (request.Bound[nameof(SyncOciRepositoryCommand.Source)] is not { } given) return [];
        var sources = EngineObject.Base(given) is object[] many ? many : [given];
        return request.Texts(sources.SelectMany(source => TagsOf(request, source)).Select(tag => WildcardPattern.ContainsWildcardCharacters(tag) ? WildcardPattern.Escape(tag) : tag));
    }

    private static IEnumerable<string> TagsOf(CompletionRequest request, object source)
    {
        var argument = StoreArgument.From(source);
        if (argument.Registry is null && argument.Store is null && !LayoutPath.Exists(argument.FullPath(request.Session))) return [];
        if (argument.Store is OciRepositoryInfo or null && argument.Registry is { } repository) return RepositoryTags.Of(new OciRepositoryInfo(repository), request.Word.HasWildcards ? "" : request.Word.Text);
        var store = (argument.Store as OciStoreInfo)?.Core ?? OciStore.Open(argument.FullPath(request.Session));
        return store.GetTags().Select(listing => listing.Tag!.Substring(listing.Tag.LastIndexOf(':') + 1));
    }
}
