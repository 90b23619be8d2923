using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Tags content, or moves a tag. Many at once are one write of the index.
/// </summary>
[Cmdlet(VerbsCommon.Set, "OciTag", DefaultParameterSetName = InputSet, SupportsShouldProcess = true)]
[OutputType(typeof(OciTag))]
public sealed class SetOciTagCommand : OciBatchCmdlet
{
    private const string InputSet = "Input";
    private const string ReferenceSet = "Reference";

    private string[]? _tag;
    private bool _begun;
    private bool _tagTwice;
    private Descriptor? _target;

    /// <summary>The store, as Get-OciStore emits it or as a path. Without it: that of the object, else the current directory.</summary>
    [Parameter(ParameterSetName = InputSet)]
    [Parameter(ParameterSetName = ReferenceSet, Position = 0)]
    [StoreTransformation]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public override StoreArgument? Store { get; set; }

    /// <summary>The tags to set.</summary>
    [Parameter(ParameterSetName = InputSet, Position = 0)]
    [Parameter(ParameterSetName = ReferenceSet, Position = 1, ValueFromPipeline = true)]
    [TagTransformation]
    [ArgumentCompleter(typeof(TagCompleter))]
    public string[]? Tag
    {
        get => _tag;
        set
        {
            // The two sets give Tag two positions. Without -Reference the engine binds both words of "Set-OciTag ./layout v1" to it and
            // drops the first.
            _tagTwice |= !_begun && _tag is not null && value is not null;
            _tag = value;
        }
    }

    /// <summary>What to tag: a tag, a digest, the beginning of one with its algorithm, or an object that has one of them.</summary>
    [Parameter(ParameterSetName = ReferenceSet, Mandatory = true)]
    [ItemTransformation]
    [ArgumentCompleter(typeof(ReferenceCompleter))]
    public ItemArgument? Reference { get; set; }

    /// <summary>What to tag, from the pipeline.</summary>
    [Parameter(ParameterSetName = InputSet, ValueFromPipeline = true)]
    [ItemTransformation]
    public ItemArgument? InputObject { get; set; }

    /// <summary>Emits the tags that were set.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override string? SecondParameter => nameof(Tag);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _begun = true;
        if (_tagTwice)
        {
            Terminate(
                new OciArgumentException(
                    "TagTwice",
                    "Two words stand where one tag belongs: without -Reference the only position is that of the tag.",
                    "Write Set-OciTag ./layout v1 -Reference v2; or pipe what to tag: Get-OciTag ./layout v2 | Set-OciTag v1."),
                Tag);
        }

        base.BeginProcessing();
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var item = ParameterSetName == ReferenceSet ? Reference : InputObject;
        Try(item?.Typed, () =>
        {
            if (item is null) throw Missing("MissingInput", "Nothing is given to tag.");
            if (item.Problem is not null) throw item.Problem;
            if (item.IsStoreOnly) throw Missing("MissingInput", $"'{item}' is a store, and no content of one.");
            if (Tag is null or []) throw Missing("MissingTag", "No tag is given.");
            SetTags(StoreFor(item.Store), item);
        });
    }

    private void SetTags(OciStore store, ItemArgument item)
    {
        // The same for every tag of a pipeline, even when one of them moves the very tag that is its reference.
        var target = ParameterSetName == ReferenceSet ? _target ??= Resolve(store, item) : Resolve(store, item);
        foreach (var tag in Tag!)
        {
            Try(tag, () =>
            {
                Cancellation.ThrowIfCancellationRequested();
                if (!ShouldProcess($"{tag} in {store}", $"Set tag to {target.Digest}")) return;
                var batch = BatchFor(store);
                batch.Tag(target, tag ?? "", Cancellation);
                if (PassThru) WriteObject(new OciTag(store, tag!, batch.Store.Resolve(tag!, allowBarePrefix: false, Cancellation)));
            });
        }
    }

    private Descriptor Resolve(OciStore store, ItemArgument item)
    {
        var target = item.Resolve(store, allowBarePrefix: false, Cancellation);
        if (!MediaTypes.IsManifest(target.MediaType))
            WriteWarning($"{target.Digest} is no manifest ({target.MediaType}); some tools cannot read a layout whose index lists such content.");
        return target;
    }

    private static OciArgumentException Missing(string id, string message) =>
        new(id, message, "Write Set-OciTag ./layout v1 -Reference v2; or pipe what to tag: Get-OciTag ./layout v2 | Set-OciTag v1.");
}
