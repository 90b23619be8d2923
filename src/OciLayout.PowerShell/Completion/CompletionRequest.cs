using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>What is to be completed.</summary>
/// <param name="Command">The name of the cmdlet.</param>
/// <param name="Store">The store that the line means; null when it means none.</param>
/// <param name="Word">The word that is half typed.</param>
/// <param name="Bound">The other arguments on the line.</param>
/// <param name="Session">The session of the prompt.</param>
/// <param name="Limit">Cancelled when a person has waited long enough.</param>
internal sealed record CompletionRequest(string Command, OciLayout.OciStore? Store, CompletionWord Word, IDictionary Bound, SessionState Session, CancellationToken Limit)
{
    /// <summary>What the index lists.</summary>
    public IEnumerable<IndexListing> Entries => Store?.Entries() ?? [];

    /// <summary>The texts that fit, each once, in order.</summary>
    public IEnumerable<CompletionResult> Texts(IEnumerable<string?> texts) => texts.OfType<string>().Where(t => t.Length > 0 && Word.Fits(t)).Distinct()
        .OrderBy(t => t, StringComparer.Ordinal).Select(t => Word.Result(t, t, t));
}
