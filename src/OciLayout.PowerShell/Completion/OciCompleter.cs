using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>
/// Completes arguments with content of a store. It has a time limit, because the user waits. Content that cannot be read in time is left
/// out, and errors are ignored.
/// </summary>
public abstract class OciCompleter : IArgumentCompleter
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMilliseconds(80);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            // The engine passes no session to completers. A script block returns it; the runspace refuses direct access during completion.
            if (EngineObject.Base(ScriptBlock.Create("$ExecutionContext").InvokeReturnAsIs()) is not EngineIntrinsics engine) return [];
            using var limit = new CancellationTokenSource(TimeLimit);
            var store = NeedsStore ? CompletionStore.Find(commandName, commandAst, fakeBoundParameters, engine.SessionState) : null;
            var word = new CompletionWord(wordToComplete);
            return Complete(new CompletionRequest(commandName, store, word, fakeBoundParameters, engine.SessionState, limit.Token)).ToList();
        }
        catch (Exception e) when (e is not (OutOfMemoryException or PipelineStoppedException))
        {
            return [];
        }
    }

    /// <summary>Whether the completer uses content of a store.</summary>
    private protected virtual bool NeedsStore => true;

    /// <summary>Returns the completions of a word.</summary>
    private protected abstract IEnumerable<CompletionResult> Complete(CompletionRequest request);

    private protected static IEnumerable<CompletionResult> Tags(CompletionRequest request) =>
        from tag in request.Tags
        where tag.Tag.Length > 0 && request.Word.Matches(tag.Tag)
        select request.Word.Result(tag.Tag, tag.Tag, tag.ToolTip);

    private protected static IEnumerable<CompletionResult> Digests(CompletionRequest request)
    {
        var word = request.Word;
        var seen = new HashSet<Digest>();
        foreach (var listing in request.Entries)
        {
            if (listing.Digest.IsEmpty || !seen.Add(listing.Digest)) continue;
            var text = listing.Digest.ToString();
            if (word.Matches(text) || word.Matches(listing.Digest.Encoded)) yield return word.Result(text, Display.Digest(text), text);
        }
    }
}
