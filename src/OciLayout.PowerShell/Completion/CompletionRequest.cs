using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>The input of a completer.</summary>
/// <param name="Command">The name of the cmdlet.</param>
/// <param name="Place">The layout or repository of the line; null when there is none.</param>
/// <param name="Word">The incomplete word.</param>
/// <param name="Bound">The other arguments on the line.</param>
/// <param name="Session">The session of the prompt.</param>
/// <param name="Cancellation">Cancelled when the time limit of the completion has passed.</param>
internal sealed record CompletionRequest(string Command, OciPlaceInfo? Place, CompletionWord Word, IDictionary Bound, SessionState Session, CancellationToken Cancellation)
{
    /// <summary>The layout of the line; null when there is none.</summary>
    public OciStore? Store => (Place as OciStoreInfo)?.Core;

    /// <summary>The tags of the layout or repository with their tool tips; empty without one.</summary>
    public IEnumerable<(string Tag, string ToolTip)> Tags => Place is OciRepositoryInfo repository
        ? RepositoryTags.Of(repository, Word.HasWildcards ? "" : Word.Text).Select(tag => (tag, $"{tag}: {repository}"))
        : (Store?.GetTags() ?? []).Select(l => (l.Tag!, $"{l.Tag}: {l.Digest}"));

    /// <summary>The entries of the index; empty without a store.</summary>
    public IEnumerable<IndexListing> Entries => Store?.GetEntries() ?? [];

    /// <summary>Returns completions for the texts that fit, without duplicates and sorted.</summary>
    public IEnumerable<CompletionResult> Texts(IEnumerable<string?> texts) => texts.OfType<string>().Where(t => t.Length > 0 && Word.Matches(t)).Distinct()
        .OrderBy(t => t, StringComparer.Ordinal).Select(t => Word.Result(t, t, t));
}
