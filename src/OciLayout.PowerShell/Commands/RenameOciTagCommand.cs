using System;
using System.Collections.Generic;
using System.Management.Automation;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>Renames a tag. A layout gets one write of its index.</summary>
[Cmdlet(VerbsCommon.Rename, "OciTag", SupportsShouldProcess = true)]
[OutputType(typeof(OciTag))]
public sealed class RenameOciTagCommand : OciBatchCmdlet
{
    // The names of earlier renames of this call, which -WhatIf did not carry out.
    private readonly HashSet<string> _renamed = new(StringComparer.Ordinal);

    /// <summary>The tag to rename. Wildcards are not permitted, and case matters.</summary>
    [Parameter(Position = 1)]
    [TagTransformation]
    [ArgumentCompleter(typeof(TagCompleter))]
    public string? Tag { get; set; }

    /// <summary>The new tag. For tags from the pipeline, a script block that returns it.</summary>
    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [TagTransformation]
    public string? NewTag { get; set; }

    /// <summary>A tag from the pipeline: an object of Get-OciTag, or a name.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ItemTransformation]
    public ItemArgument? InputObject { get; set; }

    /// <summary>Moves an existing tag with the new name.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Emits the renamed tag.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override string? SecondParameter => nameof(Tag);

    private protected override string? ThirdParameter => nameof(NewTag);

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(InputObject?.Typed ?? Tag ?? Store?.Typed, () =>
    {
        if (InputObject is null && MyInvocation.ExpectingInput) throw Missing("InvalidInput", "null was piped.");
        if (InputObject is null || InputObject.IsStoreOnly) RenameNamed(StoreFor(InputObject?.Store), (InputObject is null ? Store : InputObject.Store)?.Registry?.Tag);
        else if (Tag is not null) throw Missing("InvalidInput", "Both -Tag and piped input name a tag.");
        else RenamePiped(InputObject);
    });

    private void RenameNamed(OciPlaceInfo place, string? own)
    {
        if (own is not null && Tag is not null && own != Tag) throw Missing("TwoReferences", $"The store names the tag '{own}', and -Tag names '{Tag}'.");
        Rename(place, own ?? Tag ?? throw Missing("MissingTag", "No tag was given."));
    }

    private void RenamePiped(ItemArgument item)
    {
        if (item.Problem is not null) throw item.Problem;
        var tag = item.Tag ?? item.Text ?? item.Reference ?? throw Missing("InvalidInput", $"{EngineObject.TypeName(item.Typed)} has no tag.");
        var store = StoreFor(item.Store);
        if (item.Digest is not null) item.CheckNotMoved(Await($"Resolving {tag} in {store}", () => store.ResolveAsync(tag, false, Cancellation)).Digest);
        Rename(store, tag);
    }

    private void Rename(OciPlaceInfo place, string tag)
    {
        Cancellation.ThrowIfCancellationRequested();
        if (string.IsNullOrEmpty(NewTag)) throw Missing("MissingTag", "No new tag was given.");
        OciStore.CheckTag(NewTag!);
        if (place is OciRepositoryInfo)
        {
            RegistryRefusal.CheckTag(place, tag, Force);
            RegistryRefusal.CheckTag(place, NewTag!, Force);
        }

        if (place is OciStoreInfo layout && !_renamed.Contains(tag) && !_renamed.Contains(NewTag!)) layout.Core.Reader.CheckRename(tag, NewTag!, Force);
        _renamed.UnionWith([tag, NewTag!]);
        if (!ShouldProcess($"{tag} in {place}", $"Rename tag to {NewTag}")) return;
        var renamed = place is OciRepositoryInfo repository ? RenameIn(repository, tag) : RenameIn(Layout(place), tag);
        if (PassThru) WriteObject(renamed);
    }

    private OciTag RenameIn(OciRepositoryInfo repository, string tag) => new(
        repository, NewTag!, Await($"Renaming {tag} in {repository}", () => new ValueTask<Descriptor>(repository.Core.RenameTagAsync(tag, NewTag!, Force, Cancellation))));

    private OciTag RenameIn(OciStoreInfo store, string tag)
    {
        var batch = BatchFor(store);
        batch.RenameTag(tag, NewTag!, Force);
        return new OciTag(store, NewTag!, batch.Store.Resolve(NewTag!, allowBarePrefix: false, Cancellation));
    }

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.AlreadyExists } => "Use another new tag, or -Force to move the existing one.",
        OciException { Kind: OciErrorKind.UnsupportedOperation, Registry: not null } => "Set the new tag beside the old one: Set-OciTag. Only the registry itself can remove the old one.",
        _ => base.Advise(error),
    };

    private static OciArgumentException Missing(string id, string message) =>
        new(id, message, "Write Rename-OciTag ./layout v1 v2; or pipe tags: Get-OciTag ./layout rc-* | Rename-OciTag -NewTag { $_.Tag -replace '^rc-' }.");
}
