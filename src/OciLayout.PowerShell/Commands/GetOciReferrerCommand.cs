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

    private protected override void Process(OciPlaceInfo store, ItemArgument item)
    {
        // A subject need not be stored, so a digest is not resolved.
        if (!item.TryGetDigest(out var digest)) digest = Resolve(store, item, allowBarePrefix: true).Digest;
        var activity = $"Finding referrers of {Display.Digest(digest)}";
        var found = RunReading(store, activity, () => store.GetReferrersAsync(digest, Cancellation).AsTask().GetAwaiter().GetResult());
        var types = ArtifactType is null ? null : new MediaTypePatterns(ArtifactType);
        foreach (var referrer in found)
        {
            if (types?.Matches(referrer.ArtifactType) != false) WriteObject(new OciDescriptor(store, referrer));
        }
    }
}
