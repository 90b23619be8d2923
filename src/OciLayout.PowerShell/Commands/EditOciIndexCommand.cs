using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>Adds members to an index, removes members, and changes its annotations.</summary>
[Cmdlet(VerbsData.Edit, "OciIndex", SupportsShouldProcess = true)]
[OutputType(typeof(OciDescriptor))]
public sealed class EditOciIndexCommand : OciReferenceCmdlet
{
    private BatchSet? _batches;
    private int _edited;
    private bool _isAdding;

    /// <summary>The images to add. Of an index, the members are added.</summary>
    [Parameter]
    [ItemTransformation(Many = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ReferenceCompleter))]
    public ItemArgument[]? Add { get; set; }

    /// <summary>The platforms of the images to add, in the same order. Without it, the images' own platforms.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform[]? Platform { get; set; }

    /// <summary>The members to remove: platforms, in which * and ? are wildcards; digests; digest prefixes with the algorithm; or tags.</summary>
    [Parameter]
    [ItemTransformation(Many = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(MemberCompleter))]
    public ItemArgument[]? Remove { get; set; }

    /// <summary>Annotations of the index to set, as a hashtable. $null removes one.</summary>
    [Parameter]
    public IDictionary? Annotation { get; set; }

    /// <summary>The tags of the result. Without it, the tag of the reference.</summary>
    [Parameter]
    [TagTransformation]
    [ArgumentCompleter(typeof(TagCompleter))]
    public string[]? Tag { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        CheckTags(Tag);
        _ = TryOrTerminate(Annotation, () => AnnotationReader.ReadChanges(Annotation, nameof(Annotation)));
        var added = Add?.Length ?? 0;
        var stated = Platform?.Length ?? added;
        if (added == stated) return;
        Terminate(
            new OciArgumentException("PlatformCount", $"-Platform has {Display.Count(stated, "platform", "platforms")} for {Display.Count(added, "image", "images")} of -Add.", "Give one platform for each image, in their order, or none."),
            Platform);
    }

    private protected override void Process(OciPlaceInfo store, ItemArgument item)
    {
        if (++_edited > 1 && Tag is not null) throw new OciArgumentException("OneInputOnly", "-Tag needs one index, but several were given.", "Edit one index at a time, or leave out -Tag.");
        foreach (var tag in store is OciRepositoryInfo ? Tag ?? [] : []) RegistryRefusal.CheckTag(store, tag, force: null);
        var root = Resolve(store, item, allowBarePrefix: false);
        if (Tag is null && item is { Tag: { } named, Digest: not null }) item.CheckNotMoved(Await($"Resolving {named} in {store}", () => store.ResolveAsync(named, false, Cancellation)).Digest);
        if (Changes(store) is not { } changes) return;
        var plan = Await($"Reading {item} from {store}", () => new ValueTask<OciIndexEdit>(OciIndexEdit.PlanAsync(store.Place, root, changes, Cancellation)));
        if (!plan.IsChanged) WriteWarning($"{item} has these members and annotations already. Nothing was written.");
        if ((plan.IsChanged || Tag is not null) && !Confirm(Summary(store, item, plan), () => Details(plan))) return;
        plan.Tag = item.TagOf(root);
        WriteObject(new OciDescriptor(store, plan.IsChanged || Tag is not null ? Write(store, item, plan, Tag ?? (plan.Tag is { } own ? [own] : [])) : root));
        if (plan.IsChanged) WarnOfReferrers(store, root, plan);
    }

    // Null when an image to add cannot be found. An index without it is not the one that was requested.
    private IndexChanges? Changes(OciPlaceInfo store)
    {
        var added = new List<KeyValuePair<Descriptor, Platform?>>();
        foreach (var item in Add ?? [])
        {
            _isAdding = true;
            var isFound = Try(item.Typed, () => added.Add(new(Resolve(store, OfStore(store, item), allowBarePrefix: false), Platform?[added.Count])));
            _isAdding = false;
            if (!isFound) return null;
        }

        return new IndexChanges
        {
            Added = added,
            Removed = [.. (Remove ?? []).Select(item => item.Typed is Platform platform ? platform.ToString() : OfStore(store, item).NameForReading!)],
            Annotations = AnnotationReader.ReadChanges(Annotation, nameof(Annotation)),
        };
    }

    private ItemArgument OfStore(OciPlaceInfo store, ItemArgument item)
    {
        if (item.Problem is not null) throw item.Problem;
        if (item.IsStoreOnly) throw new OciArgumentException("InvalidInput", $"'{item}' is a store, not content of a store.", "Name an image of the store: a tag or a digest.");
        if (item.Store is not { } own || Open(own) is var other && other.IsSame(store)) return item;
        throw new OciArgumentException(
            "StoreMismatch",
            $"'{item}' belongs to the store {other}, and the index to {store}.",
            $"Copy it first: Copy-OciContent {CommonAdvice.Quote(other.Path)} {CommonAdvice.Quote(item.NameForReading!)} -Destination {CommonAdvice.Quote(store.Path)}.");
    }

    private Descriptor Write(OciPlaceInfo store, ItemArgument item, OciIndexEdit plan, string[] tags)
    {
        if (store is OciRepositoryInfo repository) return Run($"Editing {item} in {store}", () => plan.Run(repository.Core, tags, Cancellation), () => new WorkStatus(RequestStatus));
        return plan.Run((_batches ??= new BatchSet(this, Try, Cancellation)).For(Layout(store)), tags, Cancellation);
    }

    private string Summary(OciPlaceInfo store, ItemArgument item, OciIndexEdit plan)
    {
        string?[] changes =
        [
            plan.Removed.Count == 0 ? null : $"remove {Display.Count(plan.Removed.Count, "member", "members")}",
            plan.Added.Count == 0 ? null : $"add {Display.Count(plan.Added.Count, "member", "members")}",
            Annotation is null || !plan.IsChanged ? null : "change annotations",
            Tag is null ? null : $"tag it {string.Join(", ", Tag)}",
        ];
        return $"Edit the index {item} in {store}: {string.Join(", ", changes.OfType<string>())}";
    }

    private IEnumerable<string> Details(OciIndexEdit plan)
    {
        foreach (var member in plan.Removed) yield return $"Remove {Line(member)}";
        foreach (var member in plan.Added) yield return $"Add {Line(member)}";
        foreach (var change in plan.IsChanged ? AnnotationReader.ReadChanges(Annotation, nameof(Annotation)) : [])
            yield return change.Value is null ? $"Remove the annotation {change.Key}" : $"Set the annotation {change.Key} to '{change.Value}'";
    }

    private static string Line(Descriptor member) => $"{(member.Platform is null ? "" : member.Platform + " ")}{member.Digest} ({Display.Size(member.Size)})";

    private void WarnOfReferrers(OciPlaceInfo store, Descriptor root, OciIndexEdit plan)
    {
        var count = Await($"Listing the referrers of {root.Digest}", () => new ValueTask<int>(plan.CountReferrersAsync(Cancellation)));
        if (count > 0) WriteWarning($"{Display.Count(count, "manifest is", "manifests are")} attached to {root.Digest} in {store}, such as signatures and SBOMs. They do not apply to the changed index.");
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => _batches?.Commit();

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.NotFound, Expected: "a member" } => "List the members: (Get-OciManifest ./layout app).Manifests.",
        OciException { Kind: OciErrorKind.NotFound } when _isAdding => "Check the name. The image must be in the store of the index: Copy-OciContent copies it there.",
        OciException { Kind: OciErrorKind.AmbiguousReference, Expected: "one member", Related: { Count: > 0 } platforms } => $"Write one of them: -Remove {platforms[0]}. A wildcard at the end removes all of them.",
        OciException { Kind: OciErrorKind.AlreadyExists, Actual: { } platform } => $"Replace the other image: -Remove {platform}. Or state another platform with -Platform.",
        OciException { Kind: OciErrorKind.InvalidManifest, Subject: AnnotationKeys.Created } => "Use a date such as '2026-01-31T12:00:00Z', or a DateTime object.",
        OciException { Kind: OciErrorKind.InvalidManifest, Expected: "a valid setting" } => "Write -Annotation @{ name = 'value' }. $null removes a name.",
        OciException { Kind: OciErrorKind.InvalidManifest, Expected: "a member" } => "Keep one member, or add others with -Add. Remove-OciContent deletes an index.",
        OciException { Kind: OciErrorKind.InvalidManifest, Expected: "a platform" } => "Use -Platform with one platform for each image of -Add, in the same order, such as -Platform linux/arm64.",
        OciException { Kind: OciErrorKind.InvalidManifest, Expected: null } => "Leave out -Platform for an index. Its members keep their platforms.",
        OciException { Kind: OciErrorKind.UnsupportedMediaType, Expected: "an index" } => "Create an index first: New-OciIndex ./layout app -Tag app-all.",
        OciException { Kind: OciErrorKind.UnsupportedMediaType } => "Add images or indexes only.",
        OciException { Kind: OciErrorKind.UnsupportedOperation, Expected: "an OCI index" } => "Create an OCI index with the same members: New-OciIndex ./layout app -Tag app-oci.",
        _ => base.Advise(error),
    };

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _batches?.Dispose();
        base.Dispose(disposing);
    }
}
