using System;

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
        _ => null,
    };
}
