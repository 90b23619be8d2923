using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>
/// Completes with what a store holds. A person waits for it: what cannot be read in time is left out, and nothing is ever an error.
/// </summary>
public abstract class OciCompleter : IArgumentCompleter
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(80);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            // Completers get no session, and one that asks the runspace for it is refused while a line is being completed.
            if (Unwrap.Base(ScriptBlock.Create("$ExecutionContext").InvokeReturnAsIs()) is not EngineIntrinsics engine) return [];
            using var limit = new CancellationTokenSource(Patience);
            var store = NeedsStore ? CompletionStore.Find(commandName, commandAst, fakeBoundParameters, engine.SessionState) : null;
            var word = new CompletionWord(wordToComplete);
            return Complete(new CompletionRequest(commandName, store, word, fakeBoundParameters, engine.SessionState, limit.Token)).ToList();
        }
        catch (Exception e) when (e is not (OutOfMemoryException or PipelineStoppedException))
        {
            return [];
        }
    }

    /// <summary>Whether it completes with content of a store.</summary>
    private protected virtual bool NeedsStore => true;

    /// <summary>Returns the completions of a word.</summary>
    private protected abstract IEnumerable<CompletionResult> Complete(CompletionRequest request);

    private protected static IEnumerable<CompletionResult> Tags(CompletionRequest request) =>
        from listing in request.Store?.Tags() ?? []
        where listing.Tag!.Length > 0 && request.Word.Fits(listing.Tag!)
        select request.Word.Result(listing.Tag!, listing.Tag!, $"{listing.Tag}: {listing.Digest}");

    private protected static IEnumerable<CompletionResult> Digests(CompletionRequest request)
    {
        var word = request.Word;
        var seen = new HashSet<Digest>();
        foreach (var listing in request.Entries)
        {
            if (listing.Digest.IsEmpty || !seen.Add(listing.Digest)) continue;
            var text = listing.Digest.ToString();
            if (word.Fits(text) || word.Fits(listing.Digest.Encoded)) yield return word.Result(text, Display.Digest(text), text);
        }
    }
}
