using System.Collections.Generic;
using System.Management.Automation;

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

    private protected override void Process(OciStoreInfo store, ItemArgument item)
    {
        var descriptor = item.Resolve(store, allowBarePrefix: true, Cancellation);
        if (Platform is not null) descriptor = OciPlatforms.Select(store.Core, descriptor, Platform, Cancellation);
        if (Recurse) Walk(store, descriptor, []);
        else WriteObject(new OciDescriptor(store, descriptor));
    }

    private protected override void ProcessStore(OciStoreInfo store)
    {
        var seen = new HashSet<Digest>();
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
                WriteObject(WithTag(store, descriptor, listing.Tag));
            }
        }
    }

    private void EmitImage(OciStoreInfo store, Descriptor listed, HashSet<Digest> seen)
    {
        var image = OciPlatforms.Find(store.Core, listed, Platform!, Cancellation);
        if (image is null) return;
        if (Recurse) Walk(store, image, seen);
        else if (seen.Add(image.Digest)) WriteObject(new OciDescriptor(store, image));
    }

    // The core removes the tag from the descriptor. A list of the index without tags would not show which entry is which.
    private static OciDescriptor WithTag(OciStoreInfo store, Descriptor descriptor, string? tag)
    {
        var listed = new OciDescriptor(store, descriptor);
        if (tag is null) return listed;
        var annotations = new Dictionary<string, string> { [AnnotationKeys.RefName] = tag };
        foreach (var annotation in descriptor.Annotations) annotations[annotation.Key] = annotation.Value;
        listed.Annotations = OciAnnotations.Of(annotations);
        return listed;
    }

    private void Walk(OciStoreInfo store, Descriptor root, HashSet<Digest> seen)
    {
        foreach (var visit in store.Core.Walk(root, All, Cancellation))
        {
            if (!seen.Add(visit.Descriptor.Digest) && !All) continue;
            WriteObject(AsTree(new OciDescriptor(store, visit.Descriptor) { Depth = visit.Depth, Role = visit.Role }));
            if (visit.Problem is { } problem) WriteProblem(problem, visit.Descriptor.Digest.ToString());
            else if (visit.IsMissing) WriteVerbose($"{visit.Descriptor.Digest} does not exist in {store}.");
        }
    }

    // The name selects the indented view. For everything else the object is an OciDescriptor.
    private static PSObject AsTree(OciDescriptor descriptor)
    {
        var node = PSObject.AsPSObject(descriptor);
        node.TypeNames.Insert(0, typeof(OciDescriptor).FullName + "#Tree");
        return node;
    }
}
