using System;
using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Model;

/// <summary>Makes the errors of images: their configurations, platforms, layers and files.</summary>
internal static class ImageErrors
{
    public static OciException ConfigMalformed(string name, Exception cause) =>
        new(OciErrorKind.InvalidManifest, $"Cannot read the image configuration {name}: {Errors.Reason(cause)}.", name, cause) { Expected = "an image configuration" };

    /// <summary>Returns the error for a manifest that is not the manifest of an image.</summary>
    public static OciException NotAnImage(Descriptor manifest, string? type)
    {
        var what = string.IsNullOrEmpty(type) ? "it has no image configuration" : $"it is an artifact of type '{Digest.Shorten(type!)}'";
        return new OciException(OciErrorKind.UnsupportedMediaType, $"{manifest.Digest} is not an image: {what}.", manifest.Digest.ToString())
        {
            Expected = "an image",
            Actual = string.IsNullOrEmpty(type) ? "no image configuration" : type,
        };
    }

    public static OciException NoImages(Digest index) =>
        new(OciErrorKind.UnsupportedMediaType, $"The index {index} has no image.", index.ToString()) { Expected = "an image", Actual = "an index without images" };

    /// <summary>Returns the error for an index that has several images where one is needed.</summary>
    /// <param name="index">The index.</param>
    /// <param name="platforms">The platforms of the images.</param>
    public static OciException SeveralImages(Digest index, IReadOnlyList<string> platforms) =>
        new(OciErrorKind.AmbiguousReference, $"{index} has {platforms.Count} images: {string.Join(", ", platforms.Take(20))}{(platforms.Count > 20 ? ", …" : "")}.", index.ToString())
        {
            Expected = "one image",
            Related = platforms,
        };
}
