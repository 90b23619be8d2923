using System;
using System.Collections.Generic;
using System.IO;
using System.Management.Automation;
using System.Threading.Tasks;
using OciLayout.Model;

namespace OciLayout.PowerShell;

/// <summary>Unpacks the root file system of an image to a directory or to a tar archive.</summary>
[Cmdlet(VerbsData.Expand, "OciImage", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExpandOciImageCommand : OciReferenceCmdlet
{
    /// <summary>The directory to unpack to, which is created when it does not exist; or a file whose name ends with .tar, .tar.gz or .tgz.</summary>
    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true)]
    [PathTransformation]
    public string? Destination { get; set; }

    /// <summary>The platform whose image is chosen from an index, such as linux/arm64/v8.</summary>
    [Parameter]
    [PlatformTransformation]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    /// <summary>Unpacks to a directory that is not empty, and replaces existing files.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Keeps the owners of files. Only root may do this.</summary>
    [Parameter]
    public SwitchParameter Owner { get; set; }

    /// <summary>Creates devices. Only root may do this, on Linux.</summary>
    [Parameter]
    public SwitchParameter Device { get; set; }

    /// <summary>The largest number of bytes to unpack. Without it, 64 MiB or 1,100 times the stored size of the layers, whichever is larger.</summary>
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
            throw new OciArgumentException("MissingDestination", "-Destination is missing.", MyInvocation.ExpectingInput ? "Write -Destination ./rootfs."
                : CommonAdvice.IsPath(item.ToString()) ? $"Write the image before the destination: Expand-OciImage {CommonAdvice.Quote(StoreText ?? "./layout")} app {CommonAdvice.Quote(item.ToString())}."
                : $"Write Expand-OciImage {CommonAdvice.Quote(StoreText ?? "./layout")} {CommonAdvice.Quote(item.ToString())} -Destination ./rootfs.");
        var path = PathResolver.Literal(SessionState, Destination);
        var isTar = IsArchive(path);
        if (isTar) OutputFile.CheckTarget(path, Force);
        else if (File.Exists(path)) throw new OciArgumentException("InvalidPath", $"The destination '{path}' is a file.", "Use a directory, or a file whose name ends with .tar, .tar.gz or .tgz.");
        var root = Resolve(store, item, allowBarePrefix: true);
        var image = Await($"Reading {item} from {store}", () => new ValueTask<OciImage>(OciImage.SelectAsync(store.Place, root, Platform, Cancellation)));
        var expansion = new OciImageExpansion(image, new ImageExpandOptions { Force = Force, KeepOwners = Owner, CreateDevices = Device, MaximumSize = MaximumSize });
        if (!isTar) expansion.CheckDestination(path);
        if (!ShouldProcess(path, $"Unpack {item} ({Display.Size(image.Size)} in {Display.Count(image.Layers.Count, "layer", "layers")})")) return;
        var written = Run($"Unpacking {item} to {path}", () => Write(expansion, path, isTar), () => WithWait(WorkStatus.OfBytes(item.ToString(), expansion.BytesRead, image.Size)));
        WriteVerbose($"Unpacked {Display.Count(written.Count, "file", "files")} to {path}.");
        if (expansion.SkippedDevices > 0) WriteWarning($"Did not create {Display.Count(expansion.SkippedDevices, "device", "devices")} of {item}. As root on Linux, -Device creates them.");
        if (!PassThru) return;
        foreach (var file in written) WriteFile(file);
    }

    private protected override string? Advise(Exception error) => error switch
    {
        OciException { Actual: ArtifactErrors.OtherProcess } or OciException { Expected: ArtifactErrors.OtherDirectory } => base.Advise(error),
        OciException { Kind: OciErrorKind.AlreadyExists } => "Use -Force to replace existing files, or another -Destination.",
        OciException { Kind: OciErrorKind.UnsupportedMediaType, Expected: "an image" } => "Unpack an artifact with Expand-OciArtifact.",
        OciException { Kind: OciErrorKind.SizeLimitExceeded } => "Use -MaximumSize to allow more, such as -MaximumSize 10GB, if you trust the image.",
        UnauthorizedAccessException when Owner || Device => "Check the permissions of the destination. Only root may keep owners (-Owner) and create devices (-Device).",
        _ => ImageAdvice.For(error) ?? base.Advise(error),
    };

    private IReadOnlyList<string> Write(OciImageExpansion expansion, string path, bool isTar)
    {
        if (!isTar) return expansion.Run(path, Cancellation);
        expansion.RunToTar(path, Cancellation);
        return [path];
    }

    private static bool IsArchive(string path) => Array.Exists([".tar", ".tar.gz", ".tgz"], e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase)) && !Directory.Exists(path);
}
