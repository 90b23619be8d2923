using System;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Lists the tags of a store.</summary>
[Cmdlet(VerbsCommon.Get, "OciTag")]
[OutputType(typeof(OciTag))]
public sealed class GetOciTagCommand : OciWholeStoreCmdlet
{
    /// <summary>The tags to list. Wildcards are permitted, and case matters. Without it, all tags.</summary>
    [Parameter(Position = 1)]
    [TagTransformation]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(TagPatternCompleter))]
    public string[]? Tag { get; set; }

    /// <summary>Lists only the tags after this name in ordinal order.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TagCompleter))]
    public string? After { get; set; }

    private protected override string? SecondParameter => nameof(Tag);

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.MissingReference } => "Name tags with -Tag, or leave it out to list all.",
        _ => base.Advise(error),
    };

    private protected override void Process(OciStoreInfo store)
    {
        var patterns = Tag is null ? null : new TagPatterns(Tag);
        foreach (var listing in store.Core.GetTags(After))
        {
            Cancellation.ThrowIfCancellationRequested();
            if (patterns?.Matches(listing.Tag!) == false) continue;
            if (listing.Descriptor is { } descriptor) WriteObject(new OciTag(store, listing.Tag!, descriptor));
            else if (listing.Problem is { } problem) WriteProblem(problem, listing.Tag);
        }

        foreach (var name in patterns?.UnmatchedNames ?? [])
        {
            // A tag that -After leaves out may exist.
            if (After is null || string.CompareOrdinal(name, After) > 0)
                WriteProblem(TagPatterns.NotFound(name, store), name);
        }
    }
}
