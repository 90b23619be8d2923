using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Threading.Tasks;

namespace OciLayout.PowerShell;

/// <summary>Resolves references, lists the content below them, or lists the entries of the index.</summary>
[Cmdlet(VerbsCommon.Get, "OciDescriptor")]
[OutputType(typeof(OciDescriptor))]
public sealed class GetOciDescriptorCommand : OciReferenceCmdlet
{
    /// <summary>Emits also all content below, each digest once, at its first occurrence.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>With -Recurse, emits a digest at each place where a manifest names it, not only at its first occurrence.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <summary>
    /// The platform whose image is chosen from an index, such as linux/arm64/v8. Without a reference, it is chosen from each entry of the
    /// index.
    /// </summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (All && !Recurse)
            Terminate(new OciArgumentException("MissingRecurse", "-All has no effect without -Recurse.", "Write Get-OciDescriptor ./layout v1 -Recurse -All."), null);
        base.BeginProcessing();
    }

    private protected override void Process(OciPlaceInfo store, ItemArgument item)
    {
        var descriptor = Resolve(store, item, allowBarePrefix: true);
        if (Platform is not null) descriptor = Await($"Reading {item} from {store}", () => new ValueTask<Descriptor>(OciPlatforms.SelectAsync(store.Place, descriptor, Platform, Cancellation)));
        if (Recurse) Walk(store, descriptor, []);
        else WriteObject(new OciDescriptor(store, descriptor));
    }

    private protected override void ProcessStore(OciPlaceInfo place)
    {
        var seen = new HashSet<Digest>();
        if (place is OciRepositoryInfo repository)
        {
            ProcessTags(repository, seen);
            return;
        }

        var store = Layout(place);
        foreach (var listing in store.Core.GetEntries())
        {
            Cancellation.ThrowIfCancellationRequested();
            if (listing.Descriptor is not { } descriptor)
            {
                if (listing.Problem is { } problem) WriteProblem(problem, store);
            }
            else if (Platform is not null)
            {
                Try(listing.Tag ?? descriptor.Digest.ToString(), () => EmitImage(store, descriptor, seen));
            }
            else if (Recurse)
            {
                Walk(store, descriptor, seen);
            }
            else
            {
                WriteObject(As("#Entry", WithTag(store, descriptor, listing.Tag)));
            }
        }
    }

    private void ProcessTags(OciRepositoryInfo repository, HashSet<Digest> seen)
    {
        foreach (var (tag, descriptor) in RepositoryTags(repository, TagNames(repository)))
        {
            if (Platform is not null) Try(tag, () => EmitImage(repository, descriptor, seen));
            else if (Recurse) Walk(repository, descriptor, seen);
            else WriteObject(As("#Entry", WithTag(repository, descriptor, tag)));
        }
    }

    private void EmitImage(OciPlaceInfo store, Descriptor listed, HashSet<Digest> seen)
    {
        var image = Await($"Reading {Display.Digest(listed.Digest)}", () => new ValueTask<Descriptor?>(OciPlatforms.FindAsync(store.Place, listed, Platform!, Cancellation)));
        if (image is null) return;
        if (Recurse) Walk(store, image, seen);
        else if (seen.Add(image.Digest)) WriteObject(new OciDescriptor(store, image));
    }

    // The core removes the tag from the descriptor. A list of the index without tags would not show which entry is which.
    private static OciDescriptor WithTag(OciPlaceInfo store, Descriptor descriptor, string? tag)
    {
        var listed = new OciDescriptor(store, descriptor);
        if (tag is null) return listed;
        var annotations = new Dictionary<string, string> { [AnnotationKeys.RefName] = tag };
        foreach (var annotation in descriptor.Annotations) annotations[annotation.Key] = annotation.Value;
        listed.Annotations = OciAnnotations.Of(annotations);
        return listed;
    }

    private void Walk(OciPlaceInfo place, Descriptor root, HashSet<Digest> seen)
    {
        if (place is not OciStoreInfo store)
        {
            WalkRepository(place, root, DescriptorRole.Root, 0, seen);
            return;
        }

        foreach (var visit in store.Core.Walk(root, All, Cancellation))
        {
            var isFirst = seen.Add(visit.Descriptor.Digest);
            if (!isFirst && !All) continue;
            var above = isFirst && visit is { Problem: null, IsMissing: false } ? CountAbove(store, visit.Descriptor, seen) : 0;
            WriteObject(As("#Tree", new OciDescriptor(store, visit.Descriptor) { Depth = visit.Depth, Role = visit.Role, IsRepeated = !isFirst, ListedAbove = above }));
            if (visit.Problem is { } problem) WriteProblem(problem, visit.Descriptor.Digest.ToString());
            else if (visit.IsMissing) WriteVerbose($"{visit.Descriptor.Digest} does not exist in {store}.");
        }
    }

    // A manifest of which content is not emitted again would otherwise look smaller than it is.
    private int CountAbove(OciStoreInfo store, Descriptor descriptor, HashSet<Digest> seen)
    {
        if (All || seen.Count == 1 || !MediaTypes.IsManifest(descriptor.MediaType)) return 0;
        try
        {
            return CountAbove(store.Core.GetManifest(descriptor, Cancellation), seen);
        }
        catch (OciException)
        {
            return 0; // the walk reports the problem
        }
    }

    private int CountAbove(Manifest manifest, HashSet<Digest> seen) => All ? 0 : manifest.Successors.Select(s => s.Target.Digest).Distinct().Count(seen.Contains);

    // The manifests of an index are requested together; the library keeps them for the visits that follow.
    private void WalkRepository(OciPlaceInfo place, Descriptor root, DescriptorRole rootRole, int rootDepth, HashSet<Digest> seen)
    {
        var activity = $"Reading {Display.Digest(root.Digest)} in {place}";
        var stack = new Stack<(Descriptor Descriptor, DescriptorRole Role, int Depth)>();
        var expanded = new HashSet<Digest>();
        stack.Push((root, rootRole, rootDepth));
        while (stack.Count > 0)
        {
            Cancellation.ThrowIfCancellationRequested();
            var (descriptor, role, depth) = stack.Pop();
            var isFirst = seen.Add(descriptor.Digest);
            var isExpanded = MediaTypes.IsManifest(descriptor.MediaType) && expanded.Add(descriptor.Digest);
            var (manifest, problem) = isExpanded ? Await(activity, () => ReadAsync(place, descriptor)) : (null, null);
            if (isFirst || All)
                WriteObject(As("#Tree", new OciDescriptor(place, descriptor) { Depth = depth, Role = role, IsRepeated = !isFirst, ListedAbove = isFirst && manifest is not null ? CountAbove(manifest, seen) : 0 }));
            if (problem is { Kind: OciErrorKind.NotFound } && role != DescriptorRole.Root) WriteVerbose($"{descriptor.Digest} is not stored here.");
            else if (problem is not null) WriteProblem(problem, descriptor.Digest.ToString());
            if (manifest is null) continue;
            var children = manifest.Successors.Reverse().ToList();
            Await(activity, () => ReadAllAsync(place, children.Select(c => c.Target).Where(c => MediaTypes.IsManifest(c.MediaType))));
            foreach (var (childRole, child) in children) stack.Push((child, childRole, depth + 1));
        }
    }

    private async ValueTask<bool> ReadAllAsync(OciPlaceInfo place, IEnumerable<Descriptor> manifests)
    {
        await Task.WhenAll(manifests.Select(m => ReadAsync(place, m).AsTask())).ConfigureAwait(false);
        return true;
    }

    private async ValueTask<(Manifest? Manifest, OciException? Problem)> ReadAsync(OciPlaceInfo place, Descriptor descriptor)
    {
        try
        {
            return (await place.GetManifestAsync(descriptor, Cancellation).ConfigureAwait(false), null);
        }
        catch (OciException e)
        {
            return (null, e);
        }
    }

    // The type name selects the view: an indented one for a tree, and one with tags for a list of the index.
    private static PSObject As(string view, OciDescriptor descriptor)
    {
        var node = PSObject.AsPSObject(descriptor);
        node.TypeNames.Insert(0, typeof(OciDescriptor).FullName + view);
        return node;
    }
}
