using System.IO;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Unpacks the files of an artifact.
/// </summary>
[Cmdlet(VerbsData.Expand, "OciArtifact", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExpandOciArtifactCommand : OciReferenceCmdlet
{
    /// <summary>The directory to unpack into; it is made when it is not there.</summary>
    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [PathTransformation]
    public string? Destination { get; set; }

    /// <summary>Replaces files that are there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override string? SecondParameter => Reference is null && MyInvocation.ExpectingInput ? nameof(Destination) : base.SecondParameter;

    private protected override void Process(OciStore store, ItemArgument item)
    {
        if (Destination is null)
            throw new OciArgumentException("MissingDestination", "No destination is given.", "Write -Destination './files'.");
        var path = PathResolver.Literal(SessionState, Destination);
        var descriptor = item.Resolve(store, allowBarePrefix: true, Cancellation);
        var expansion = new OciExpansion(store.Core);
        var plan = expansion.Plan(descriptor, Cancellation);
        if (plan.Unnamed > 0) WriteWarning($"{Display.Count(plan.Unnamed, "layer", "layers")} of {item} without a name {(plan.Unnamed == 1 ? "is" : "are")} not written.");
        if (plan.Items.Count == 0 || !Confirm(plan, path)) return;
        var written = Run(
            $"Unpacking {item} to {path}",
            () => expansion.Run(plan, path, Force, Cancellation),
            () => WorkStatus.OfBytes(item.ToString(), expansion.BytesRead, plan.Size));
        foreach (var file in written) WriteFile(file);
    }

    private bool Confirm(ExpandPlan plan, string path)
    {
        var what = $"{Display.Count(plan.Items.Count, "file or directory", "files and directories")} ({Display.Size(plan.Size)})";
        if (Confirm($"Unpack {what} to {path}", out var reason)) return true;
        if (reason != ShouldProcessReason.WhatIf) return false;
        foreach (var item in plan.Items) Preview($"Write {item.Title}{(item.IsDirectory ? "/" : "")} ({Display.Size(item.Descriptor.Size)})");

        return false;
    }
}
