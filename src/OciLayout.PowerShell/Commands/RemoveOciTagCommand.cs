using System;
using System.Linq;
using System.Management.Automation;
using System.Threading.Tasks;

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

    /// <summary>Removes also a tag such as sha256-44136f, under which a registry may keep a list of referrers or signatures.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

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
        if (item.Digest is not null) item.CheckNotMoved(Await($"Resolving {tag} in {store}", () => store.ResolveAsync(tag, false, Cancellation)).Digest);
        Remove(store, tag, item.Typed);
    }

    private void RemoveNamed(OciPlaceInfo place)
    {
        if (Tag is null && (InputObject is null ? Store : InputObject.Store)?.Registry?.Tag is { } own)
        {
            Remove(place, own, own);
            return;
        }

        if (Tag is null) throw new OciException(OciErrorKind.MissingReference, "No tag was given.", "");
        var patterns = new TagPatterns(Tag);
        // Collects the tags before the first is removed, because the list must not change while it is read.
        var all = place is OciRepositoryInfo repository ? TagNames(repository) : Layout(place).Core.GetTags().Select(l => l.Tag!);
        foreach (var tag in all.Where(patterns.Matches).ToArray()) Remove(place, tag, tag);
        foreach (var name in patterns.UnmatchedNames) WriteProblem(TagPatterns.NotFound(name, place), name);
    }

    private void Remove(OciPlaceInfo place, string tag, object? typed) => Try(typed, () =>
    {
        Cancellation.ThrowIfCancellationRequested();
        if (place is OciRepositoryInfo) RegistryRefusal.CheckTag(place, tag, Force);
        if (!ShouldProcess($"{tag} in {place}", "Remove tag")) return;
        if (place is OciRepositoryInfo repository)
        {
            RemoveFrom(repository, tag);
            return;
        }

        var store = Layout(place);
        var named = BatchFor(store).Store.Untag(tag, Cancellation);
        // The descriptor of a malformed entry is unknown.
        if (PassThru && named is not null) WriteObject(new OciTag(store, tag, named));
    });

    private void RemoveFrom(OciRepositoryInfo repository, string tag)
    {
        var activity = $"Removing {tag} from {repository}";
        var named = PassThru ? Await(activity, () => repository.ResolveAsync(tag, false, Cancellation)) : null;
        Await(activity, UntagAsync);
        if (named is not null) WriteObject(new OciTag(repository, tag, named));

        async ValueTask<bool> UntagAsync()
        {
            await repository.Core.UntagAsync(tag, Cancellation).ConfigureAwait(false);
            return true;
        }
    }

    private static OciArgumentException Unusable(string message) =>
        new("InvalidInput", message, "Pipe the output of Get-OciTag or names of tags, or write -Tag.");
}
