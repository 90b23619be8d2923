using System;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Lists the tags of a store.
/// </summary>
[Cmdlet(VerbsCommon.Get, "OciTag")]
[OutputType(typeof(OciTag))]
public sealed class GetOciTagCommand : OciWholeStoreCmdlet
{
    /// <summary>The tags to list; wildcards are read, and case counts. Without it all.</summary>
    [Parameter(Position = 1)]
    [TagTransformation]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(TagPatternCompleter))]
    public string[]? Tag { get; set; }

    /// <summary>Lists only what comes after this name in ordinal order.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TagCompleter))]
    public string? After { get; set; }

    private protected override string? SecondParameter => nameof(Tag);

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.MissingReference } => "Name tags with -Tag, or leave it out to list all.",
        _ => base.Advise(error),
    };

    private protected override void Process(OciStore store)
    {
        var patterns = Tag is null ? null : new TagPatterns(Tag);
        foreach (var listing in store.Core.Tags(After))
        {
            Cancellation.ThrowIfCancellationRequested();
            if (patterns?.Fit(listing.Tag!) == false) continue;
            if (listing.Descriptor is { } descriptor) WriteObject(new OciTag(store, listing.Tag!, descriptor));
            else if (listing.Problem is { } problem) WriteProblem(problem, listing.Tag);
        }

        foreach (var name in patterns?.Absent ?? [])
        {
            // What -After leaves out is no less there.
            if (After is null || string.CompareOrdinal(name, After) > 0)
                WriteProblem(TagPatterns.NotFound(name, store), name);
        }
    }
}
