using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>Tags content, or moves a tag. Writes the index once for all tags of a pipeline.</summary>
[Cmdlet(VerbsCommon.Set, "OciTag", DefaultParameterSetName = InputSet, SupportsShouldProcess = true)]
[OutputType(typeof(OciTag))]
public sealed class SetOciTagCommand : OciBatchCmdlet
{
    private const string InputSet = "Input";
    private const string ReferenceSet = "Reference";

    private string[]? _tag;
    private bool _hasBegun;
    private string[]? _droppedTag;
    private readonly List<(OciPlaceInfo Store, Dictionary<string, Digest> Tags)> _tagsByStore = [];
    private readonly List<(OciPlaceInfo Store, Descriptor Target, object? Typed)> _pending = [];
    private IReadOnlyDictionary<string, string>? _annotations;
    private Descriptor? _target;

    /// <summary>
    /// The store: an object of Get-OciStore, or a path. Without it, the store of the piped object or the current directory.
    /// </summary>
    [Parameter(ParameterSetName = InputSet)]
    [Parameter(ParameterSetName = ReferenceSet, Position = 0)]
    [StoreTransformation]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public override StoreArgument? Store { get; set; }

    /// <summary>The tags to set. Without it, the tags that the piped objects have.</summary>
    [Parameter(ParameterSetName = InputSet, Position = 0)]
    [Parameter(ParameterSetName = ReferenceSet, Position = 1, ValueFromPipeline = true)]
    [TagTransformation]
    [ArgumentCompleter(typeof(TagCompleter))]
    public string[]? Tag
    {
        get => _tag;
        set
        {
            // Tag has different positions in the two parameter sets. Without a named -Reference, the engine binds the first two words of
            // "Set-OciTag ./layout v1" and "Set-OciTag ./layout v1 v2" to it, and drops the first.
            if (!_hasBegun && _tag is not null && value is not null) _droppedTag = _tag;
            _tag = value;
        }
    }

    /// <summary>The content to tag: a tag, a digest, a digest prefix with its algorithm, or an object that has one of them.</summary>
    [Parameter(ParameterSetName = ReferenceSet, Mandatory = true, Position = 2)]
    [ItemTransformation]
    [ArgumentCompleter(typeof(ReferenceCompleter))]
    public ItemArgument? Reference { get; set; }

    /// <summary>The content to tag, from the pipeline.</summary>
    [Parameter(ParameterSetName = InputSet, ValueFromPipeline = true)]
    [ItemTransformation]
    public ItemArgument? InputObject { get; set; }

    /// <summary>Annotations of the entry in index.json, as a hashtable of strings. The entry keeps its other annotations.</summary>
    [Parameter]
    public IDictionary? Annotation { get; set; }

    /// <summary>Sets also a tag such as sha256-44136f, under which a registry may keep a list of referrers or signatures.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Emits the tags that were set.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override string? SecondParameter => nameof(Tag);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _hasBegun = true;
        // With three words, the first one is the store.
        if (ParameterSetName == ReferenceSet && _droppedTag is [var word] && UseAsStore(word)) _droppedTag = null;
        if (_droppedTag is not null)
        {
            var (store, tags) = (List(_droppedTag), List(Tag!));
            Terminate(
                new OciArgumentException(
                    "TagTwice",
                    "Set-OciTag needs the content to tag: use -Reference, or pipe it and write only the tag.",
                    $"Write Set-OciTag {store} {tags} -Reference v1 to tag the content of v1; or pipe it: Get-OciTag {store} v1 | Set-OciTag {tags}."),
                Tag);
        }

        UseTagAsStore();
        base.BeginProcessing();
        _annotations = TryOrTerminate(Annotation, () => AnnotationReader.Read(Annotation));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ReferenceSet) TagReference(Reference!);
        else if (InputObject is null && !MyInvocation.ExpectingInput) Terminate(Missing("MissingInput", "No content to tag was given."), null);
        else Try(InputObject?.Typed, () => TagPiped(InputObject ?? throw Missing("MissingInput", "null was piped.")));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (var (store, target, typed) in _pending) Try(typed, () => SetTags(store, target, Tag!));
        base.EndProcessing();
    }

    // In "Import-Csv tags.csv | Set-OciTag ./layout" the engine binds the path to Tag, which has the only position. A path cannot be a tag.
    private void UseTagAsStore()
    {
        if (ParameterSetName != InputSet || !MyInvocation.ExpectingInput || Tag is not [{ Length: > 0 } word] || !IsPath(word)) return;
        if (UseAsStore(word)) Tag = null;
    }

    private bool UseAsStore(string word)
    {
        if (Store is not null && !DefaultStore.IsDefault(SessionState, Store.Typed)) return false;
        Store = StoreArgument.From(word);
        Store.TryResolve(SessionState);
        return true;
    }

    private static bool IsPath(string word)
    {
        if (word is not ("." or ".." or "~") && word.IndexOfAny(['/', '\\']) < 0) return false;
        try
        {
            OciStore.CheckTag(word);
            return false;
        }
        catch (OciException)
        {
            return true;
        }
    }

    // Resolves the reference once, because one of the tags may be the reference itself.
    private void TagReference(ItemArgument item)
    {
        var store = TryOrTerminate(item.Typed, () =>
        {
            Check(item);
            if (Tag is null or []) throw Missing("MissingTag", "No tag was given.");
            return StoreFor(item.Store);
        });
        _target ??= TryOrTerminate(item.Typed, () => Resolve(store, item));
        SetTags(store, _target, Tag!);
    }

    private void TagPiped(ItemArgument item)
    {
        Check(item);
        var store = StoreFor(item.Store);
        if (Tag is { Length: > 0 })
        {
            AddPending(store, Resolve(store, item), item);
            return;
        }

        if (item.Tag is null) Terminate(Missing("MissingTag", $"No tag was given, and '{item}' does not have one."), item.Typed);
        if ((item.Digest ?? item.Reference) is null) throw Missing("MissingInput", $"'{item}' has a tag, but no digest to set it to.");
        var target = Resolve(store, item);
        if (!TagsOf(store).TryGetValue(item.Tag, out var earlier)) TagsOf(store).Add(item.Tag, target.Digest);
        else if (earlier != target.Digest) throw SeveralDigests(item.Tag, earlier, target.Digest);
        SetTags(store, target, [item.Tag]);
    }

    // Sets no tag before the end of the pipeline, when it is certain that there is only one digest for it.
    private void AddPending(OciPlaceInfo store, Descriptor target, ItemArgument item)
    {
        foreach (var pending in _pending.Where(h => h.Store.IsSame(store)))
        {
            if (pending.Target.Digest != target.Digest)
            {
                _pending.Clear();
                Terminate(SeveralDigests(Tag![0], pending.Target.Digest, target.Digest), item.Typed);
            }

            return;
        }

        _pending.Add((store, target, item.Typed));
    }

    private Dictionary<string, Digest> TagsOf(OciPlaceInfo store)
    {
        foreach (var entry in _tagsByStore)
        {
            if (entry.Store.IsSame(store)) return entry.Tags;
        }

        _tagsByStore.Add((store, []));
        return _tagsByStore[^1].Tags;
    }

    private void SetTags(OciPlaceInfo place, Descriptor target, IEnumerable<string> tags)
    {
        foreach (var tag in tags)
        {
            Try(tag, () =>
            {
                Cancellation.ThrowIfCancellationRequested();
                if (place is OciRepositoryInfo) CheckRegistryTag(place, tag);
                var before = place is OciStoreInfo layout ? FindMoved(layout, tag, target.Digest) : null;
                if (!ShouldProcess($"{tag} in {place}", before is null ? $"Set tag to {target.Digest}" : $"Move tag from {before} to {target.Digest}")) return;
                if (place is OciRepositoryInfo repository)
                {
                    SetTag(repository, target, tag);
                    return;
                }

                var store = Layout(place);
                var batch = BatchFor(store);
                batch.Tag(target, tag ?? "", Cancellation);
                WriteMoved(store, tag, before, target.Digest);
                if (PassThru) WriteObject(new OciTag(store, tag!, batch.Store.Resolve(tag!, allowBarePrefix: false, Cancellation)) { PreviousDigest = DigestText.Of(before) });
            });
        }
    }

    private void SetTag(OciRepositoryInfo repository, Descriptor target, string tag)
    {
        var set = Await($"Setting {tag} in {repository}", () => new ValueTask<Descriptor>(repository.Core.TagAsync(target.Digest.ToString(), tag, Cancellation)));
        if (PassThru) WriteObject(new OciTag(repository, tag, set));
    }

    private void CheckRegistryTag(OciPlaceInfo repository, string tag)
    {
        if (_annotations is not null) throw RegistryRefusal.OfAnnotation(repository);
        RegistryRefusal.CheckTag(repository, tag, Force);
    }

    private static string List(string[] words) => string.Join(", ", words.Select(CommonAdvice.Quote));

    private static void Check(ItemArgument item)
    {
        if (item.Problem is not null) throw item.Problem;
        if (item.IsStoreOnly) throw Missing("MissingInput", $"'{item}' is a store, not content of a store.");
    }

    private static OciArgumentException SeveralDigests(string tag, Digest first, Digest second) => new(
        "OneInputOnly",
        $"The tag '{tag}' can name one digest, and the pipeline has several: {first} and {second}.",
        "Pipe one object; or leave out -Tag and pipe objects that each have a Tag and a Digest. To name the store, write -Store.");

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.MissingReference } => "Write a tag of at least one character.",
        OciArgumentException { ErrorId: "InvalidInput" } when ParameterSetName == ReferenceSet => "Write one tag, digest or object as -Reference. A tag names one digest.",
        _ => base.Advise(error),
    };

    private Descriptor Resolve(OciPlaceInfo store, ItemArgument item)
    {
        var target = Remember(item, Await($"Resolving {item} in {store}", () => item.ResolveAsync(store, allowBarePrefix: false, Cancellation)));
        if (store is OciRepositoryInfo) return target;
        if (!MediaTypes.IsManifest(target.MediaType))
            WriteWarning($"{target.Digest} is not a manifest ({target.MediaType}); some tools cannot read a layout whose index lists such content.");
        return _annotations is null ? target : target.WithAnnotations(_annotations);
    }

    private static OciArgumentException Missing(string id, string message) =>
        new(id, message, "Write Set-OciTag ./layout v1 -Reference v2; or pipe the content: Get-OciTag ./layout v2 | Set-OciTag v1.");
}
