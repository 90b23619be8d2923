using System;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>The next steps after errors of the cmdlets for images.</summary>
internal static class ImageAdvice
{
    /// <summary>Returns the next step; null when the default of the error kind fits.</summary>
    public static string? For(Exception error) => error switch
    {
        OciException { Kind: OciErrorKind.UnsupportedMediaType, Expected: "an image" } => "Read it with Get-OciManifest.",
        OciException { Kind: OciErrorKind.InvalidManifest, Expected: "an image configuration" } => "Read the configuration as it is stored: (Get-OciManifest ./layout app).Config | Get-OciBlob -AsString.",
        OciException { Kind: OciErrorKind.AmbiguousReference, Expected: "one image", Related: { Count: > 0 } platforms } => $"Choose one with -Platform, such as -Platform {platforms[0]}.",
        OciException { Kind: OciErrorKind.UnsupportedMediaType, Expected: "a regular file", Subject: { } path } =>
            $"Leave out -AsString and -OutFile to list it. If it is a directory, list its files: -Path {CommonAdvice.Quote(WildcardPattern.Escape(path) + "/*")}.",
        OciException { Kind: OciErrorKind.UnsafePath, Expected: "a path in an image" } => "Write the path from the root of the image, such as /etc/os-release.",
        OciException { Kind: OciErrorKind.UnsupportedMediaType, Expected: "a layer without encryption" } => "Decrypt the image with the tool that encrypted it.",
        OciException { Kind: OciErrorKind.NotFound, Actual: "a foreign layer" } => "Copy the image with its foreign layers: Copy-OciContent -IncludeForeign.",
        OciException { Kind: OciErrorKind.NotFound, Expected: Model.ImageErrors.LinkTarget } => "Leave out -AsString and -OutFile to list the link. A container may mount its target.",
        OciException { Kind: OciErrorKind.NotFound, Expected: "a layer" } => "List the layers: (Get-OciImage ./layout app).Layers.",
        OciException { Kind: OciErrorKind.InvalidArchive, Expected: Model.ImageErrors.SupportedCompression, Actual: "zstd" } => "Use PowerShell 7.4 or later, or convert the layers to gzip with the tool that built the image.",
        OciException { Kind: OciErrorKind.InvalidArchive, Expected: Model.ImageErrors.SupportedCompression, Actual: Model.ImageErrors.GzipMembers } => "Use PowerShell 7.4 or later.",
        OciException { Kind: OciErrorKind.InvalidArchive, Expected: Model.ImageErrors.SupportedCompression } => "Convert the layers to gzip with the tool that built the image.",
        OciException { Kind: OciErrorKind.InvalidArchive, Expected: "a valid layer" or "a valid tar archive" } => "Copy the image again. Get-OciBlob -OutFile writes the layer as it is stored.",
        OciException { Kind: OciErrorKind.UnsafePath, Expected: "an output file" } => null,
        OciException { Kind: OciErrorKind.SizeLimitExceeded, Expected: "a smaller configuration" } => "Use shorter labels and variables, or a file in a layer.",
        OciException { Kind: OciErrorKind.SizeLimitExceeded, Expected: "an image with fewer files" } => "Do not trust the image unless you know its source. Get-OciImageFile -Layer lists one layer.",
        OciException { Kind: OciErrorKind.UnsafePath } => "Do not trust the image unless you know its source. Get-OciBlob -OutFile writes a layer as it is stored.",
        _ => null,
    };
}
