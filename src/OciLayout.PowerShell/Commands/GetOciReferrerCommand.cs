using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Finds the referrers of content: manifests that have it as their subject, such as signatures and SBOMs, and those that cosign attached to it by
/// tags.
/// </summary>
[Cmdlet(VerbsCommon.Get, "OciReferrer")]
[OutputType(typeof(OciDescriptor))]
public sealed class GetOciReferrerCommand : OciReferenceCmdlet
{
    /// <summary>The artifact types to list. Wildcards are permitted, and application/ can be left out.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ArtifactTypeCompleter))]
    public string[]? ArtifactType { get; set; }

    /// <summary>Also lists the referrers of the referrers, and so on, below their subjects.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    private protected override void Process(OciPlaceInfo store, ItemArgument item)
    {
        // A subject need not be stored, so a digest is not resolved.
        var tag = item.Tag;
        if (!item.TryGetDigest(out var digest))
        {
            var resolved = Resolve(store, item, allowBarePrefix: true);
            (digest, tag) = (resolved.Digest, item.TagOf(resolved));
        }

        var types = ArtifactType is null ? null : new MediaTypePatterns(ArtifactType);
        if (Recurse) WriteTree(store, digest, tag, types);
        else foreach (var referrer in Find(store, digest).Where(r => types?.Matches(r.ArtifactType) != false)) Write(new OciDescriptor(store, referrer) { Subject = DigestText.Of(digest), Root = digest, RootTag = tag });
    }

    private void Write(OciDescriptor referrer)
    {
        var node = PSObject.AsPSObject(referrer);
        node.TypeNames.Insert(0, typeof(OciDescriptor).FullName + "#Referrer"); // the name selects the view, which groups by subject
        WriteObject(node);
    }

    private IReadOnlyList<Descriptor> Find(OciPlaceInfo store, Digest subject) =>
        RunReading(store, $"Finding referrers of {Display.Digest(subject)}", () => store.GetReferrersAsync(subject, Cancellation).AsTask().GetAwaiter().GetResult());

    // Each referrer comes directly below its subject. A manifest that is in its own tree, which only a fallback tag can claim, is listed once.
    private void WriteTree(OciPlaceInfo store, Digest root, string? tag, MediaTypePatterns? types)
    {
        var seen = new HashSet<Digest> { root };
        var stack = new Stack<(Descriptor Referrer, Digest Subject, int Depth)>();
        Push(root, 1);
        while (stack.Count > 0)
        {
            Cancellation.ThrowIfCancellationRequested();
            var (referrer, subject, depth) = stack.Pop();
            if (!seen.Add(referrer.Digest)) continue;
            if (types?.Matches(referrer.ArtifactType) != false) Write(new OciDescriptor(store, referrer) { Depth = depth, Subject = DigestText.Of(subject), Root = root, RootTag = tag });
            Push(referrer.Digest, depth + 1);
        }

        void Push(Digest subject, int depth)
        {
            foreach (var referrer in Find(store, subject).Reverse()) stack.Push((referrer, subject, depth));
        }
    }
}
