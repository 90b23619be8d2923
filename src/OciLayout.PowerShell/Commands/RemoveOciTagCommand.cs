using System;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Removes tags. The content stays, and its entry stays in the index without the tag.</summary>
[Cmdlet(VerbsCommon.Remove, "OciTag", SupportsShouldProcess = true)]
[OutputType(typeof(OciTag))]
public sealed class RemoveOciTagCommand : OciBatchCmdlet
{
    /// <summary>The tags to remove. Wildcards are permitted, and case matters.</summary>
    [Parameter(Position = 1)]
    [TagTransformation]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(TagPatternCompleter))]
    public string[]? Tag { get; set; }

    /// <summary>A tag from the pipeline: an object of Get-OciTag, or a name without wildcards.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ItemTransformation]
    public ItemArgument? InputObject { get; set; }

    /// <summary>Emits the tags that were removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override string? SecondParameter => nameof(Tag);

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(InputObject?.Typed ?? Store?.Typed, () =>
    {
        if (InputObject is null && !MyInvocation.ExpectingInput) RemoveNamed(StoreFor(null));
        else if (InputObject is null) throw Unusable("null was piped.");
        else if (InputObject.IsStoreOnly) RemoveNamed(StoreFor(InputObject.Store));
        else if (Tag is not null) throw Unusable("Both -Tag and piped input name tags.");
        else RemovePiped(InputObject);
    });

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.MissingReference } => "Name tags with -Tag, or pipe the output of Get-OciTag.",
        OciException { Kind: OciErrorKind.NotFound, Subject: { } text } when Digest.TryParse(text, out _) => "Remove-OciContent deletes content by its digest.",
        OciException { Kind: OciErrorKind.InvalidReference } => "Remove-OciContent deletes content by its digest.",
        _ => base.Advise(error),
    };

    private void RemovePiped(ItemArgument item)
    {
        if (item.Problem is not null) throw item.Problem;
        var tag = item.Tag ?? item.Text ?? item.Reference ?? throw Unusable($"{EngineObject.TypeName(item.Typed)} has no tag.");
        var store = StoreFor(item.Store);
        if (item.Digest is not null) item.CheckNotMoved(store.Core.Resolve(tag, false, Cancellation).Digest);
        Remove(store, tag, item.Typed);
    }

    private void RemoveNamed(OciStoreInfo store)
    {
        if (Tag is null) throw new OciException(OciErrorKind.MissingReference, "No tag was given.", "");
        var patterns = new TagPatterns(Tag);
        // Collects the tags before the first is removed, because the list must not change while it is read.
        var fitting = store.Core.GetTags().Select(l => l.Tag!).Where(patterns.Matches).ToArray();
        foreach (var tag in fitting) Remove(store, tag, tag);
        foreach (var name in patterns.UnmatchedNames) WriteProblem(TagPatterns.NotFound(name, store), name);
    }

    private void Remove(OciStoreInfo store, string tag, object? typed) => Try(typed, () =>
    {
        Cancellation.ThrowIfCancellationRequested();
        if (!ShouldProcess($"{tag} in {store}", "Remove tag")) return;
        var named = BatchFor(store).Store.Untag(tag, Cancellation);
        // The descriptor of a malformed entry is unknown.
        if (PassThru && named is not null) WriteObject(new OciTag(store, tag, named));
    });

    private static OciArgumentException Unusable(string message) =>
        new("InvalidInput", message, "Pipe the output of Get-OciTag or names of tags, or write -Tag.");
}
