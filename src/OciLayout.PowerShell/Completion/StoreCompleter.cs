using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Completes paths of layouts, and of directories that may contain layouts, and the tag in a reference to a registry.</summary>
public sealed class StoreCompleter : OciCompleter
{
    private protected override bool NeedsStore => false;

    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request)
    {
        var word = request.Word;
        if (RegistryReference.HasScheme(word.Text)) return References(word);
        if (word.Text.IndexOf(':') > 1 && RegistryReference.Scheme.StartsWith(word.Text, StringComparison.OrdinalIgnoreCase)) return Known(word);
        var layouts = LayoutPath.Complete(word.Text, request.Session).Select(path => word.Path(path));
        return word.Text.Length > 0 && RegistryReference.Scheme.StartsWith(word.Text, StringComparison.OrdinalIgnoreCase) ? [.. Known(word), .. layouts] : layouts;
    }

    private static IEnumerable<CompletionResult> References(CompletionWord word)
    {
        var colon = word.Text.LastIndexOf(':');
        var slash = word.Text.LastIndexOf('/');
        if (colon < slash || word.Text[slash - 1] == '/') return Known(word); // no tag, or no repository yet
        var (repository, start) = (word.Text.Substring(0, colon), word.Text.Substring(colon + 1));
        return RepositoryTags.Of(new OciRepositoryInfo(RegistryReference.Parse(repository)), start).Select(tag => word.Result($"{repository}:{tag}", tag, $"{repository}:{tag}"));
    }

    // The repositories that this process uses, and the hosts that it is connected to. Nothing is requested.
    private static IEnumerable<CompletionResult> Known(CompletionWord word) =>
        new[] { RegistryReference.Scheme }.Concat(Registries.Known()).Where(place => place.Length > word.Text.Length && place.StartsWith(word.Text, StringComparison.OrdinalIgnoreCase))
            .Select(place => word.Result(place, place, place));
}
