using System;
using System.IO;
using System.Linq;
using System.Management.Automation;
using OciLayout.Model;

namespace OciLayout.PowerShell;

/// <summary>Unpacks the files of an artifact.</summary>
[Cmdlet(VerbsData.Expand, "OciArtifact", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExpandOciArtifactCommand : OciReferenceCmdlet
{
    /// <summary>The directory to unpack into. It is created when it does not exist.</summary>
    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [PathTransformation]
    public string? Destination { get; set; }

    /// <summary>Replaces existing files.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>The largest number of bytes to unpack. Without it, 64 MiB or 250 times the stored size, whichever is larger.</summary>
    [Parameter]
    [ValidateRange(0L, long.MaxValue)]
    public long? MaximumSize { get; set; }

    /// <summary>Emits the files that were written.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override string? SecondParameter => Reference is null && MyInvocation.ExpectingInput ? nameof(Destination) : base.SecondParameter;

    private protected override string? ThirdParameter => nameof(Destination);

    private protected override void Process(OciPlaceInfo store, ItemArgument item)
    {
        if (Destination is null)
            throw new OciArgumentException("MissingDestination", "-Destination is missing.", DestinationAdvice(item));
        var path = PathResolver.Literal(SessionState, Destination);
        if (File.Exists(path)) throw new OciArgumentException("InvalidPath", $"The destination '{path}' is a file.", "Use a directory as -Destination.");
        var descriptor = Resolve(store, item, allowBarePrefix: true);
        var expansion = new OciExpansion(store.Place, new ExpandOptions { Force = Force, MaximumSize = MaximumSize });
        var plan = RunReading(store, $"Reading {item} in {store}", () => expansion.Plan(descriptor, Cancellation));
        if (plan.Unnamed > 0) WriteWarning($"Did not write {Display.Count(plan.Unnamed, "layer", "layers")} of {item} without a name. If it is an image, Expand-OciImage unpacks it.");
        if (plan.Items.Count == 0 || !Confirm(plan, path)) return;
        var read = new LastReport<long>();
        var written = Run(
            $"Unpacking {item} to {path}",
            () => expansion.Run(plan, path, read, Cancellation),
            () => WithWait(WorkStatus.OfBytes(item.ToString(), read.Value, plan.Size)));
        WriteVerbose($"Unpacked {Display.Count(written.Count, "file", "files")} to {path}.");
        if (!PassThru) return;
        foreach (var file in written) WriteFile(file);
    }

    private static string IndexAdvice(string store, string name, string path) =>
        $"If its members are images, use Expand-OciImage {store} {name} {path} -Platform linux/amd64. If they are artifacts, choose one: Get-OciManifest {store} {name} -Platform linux/amd64 | Expand-OciArtifact -Destination {path}";

    private string DestinationAdvice(ItemArgument item)
    {
        if (MyInvocation.ExpectingInput) return "Write -Destination ./files.";
        var store = CommonAdvice.Quote(StoreText ?? "./layout");
        return CommonAdvice.IsPath(item.ToString())
            ? $"Write the artifact before the destination: Expand-OciArtifact {store} v1 {CommonAdvice.Quote(item.ToString())}."
            : $"Write Expand-OciArtifact {store} {CommonAdvice.Quote(item.ToString())} -Destination ./files.";
    }

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Actual: ArtifactErrors.OtherProcess } or OciException { Expected: ArtifactErrors.OtherDirectory } => base.Advise(error),
        OciException { Kind: OciErrorKind.AlreadyExists } => "Use -Force to replace existing files, or another -Destination.",
        OciException { Kind: OciErrorKind.SizeLimitExceeded } => "Use -MaximumSize to allow more, such as -MaximumSize 10GB, if you trust the artifact.",
        OciException { Kind: OciErrorKind.InvalidArchive, Actual: null } => "Download the artifact again. Get-OciBlob -OutFile writes the layer as it is stored.",
        OciException { Kind: OciErrorKind.UnsafePath } => "Do not trust the artifact unless you know its source. Get-OciBlob -OutFile writes a layer as it is stored.",
        OciException { Kind: OciErrorKind.UnsupportedMediaType } => IndexAdvice(CommonAdvice.Quote(StoreText ?? "./layout"), CommonAdvice.Quote(Reference?[0].ToString() ?? "app"), CommonAdvice.Quote(Destination ?? "./files")),
        _ => base.Advise(error),
    };

    private bool Confirm(ExpandPlan plan, string path)
    {
        var what = $"{Display.Count(plan.Items.Count, "file or directory", "files and directories")} ({Display.Size(plan.Size)})";
        return Confirm(
            $"Unpack {what} to {path}",
            () => plan.Items.Select(item => $"Write {item.Title}{(item.IsDirectory ? "/" : "")} ({Display.Size(item.Descriptor.Size)})"));
    }
}
