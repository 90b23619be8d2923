using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Completes paths of layouts, and of directories that may contain layouts, and the tag in a reference to a registry.</summary>
public sealed class StoreCompleter : OciCompleter
{
    private protected override bool NeedsStore => false;

    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request) =>
        RegistryReference.HasScheme(request.Word.Text) ? References(request.Word) : LayoutPath.Complete(request.Word.Text, request.Session).Select(path => request.Word.Path(path));

    private static IEnumerable<CompletionResult> References(CompletionWord word)
    {
        var colon = word.Text.LastIndexOf(':');
        if (colon < word.Text.LastIndexOf('/')) return [];
        var (repository, start) = (word.Text.Substring(0, colon), word.Text.Substring(colon + 1));
        return RepositoryTags.Of(new OciRepositoryInfo(RegistryReference.Parse(repository))).Where(tag => tag.StartsWith(start, System.StringComparison.OrdinalIgnoreCase))
            .Select(tag => word.Result($"{repository}:{tag}", tag, $"{repository}:{tag}"));
    }
}
