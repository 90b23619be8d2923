using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace OciLayout.Model;

/// <summary>Makes the errors of images: their configurations, platforms, layers and files.</summary>
internal static class ImageErrors
{
    public static OciException ConfigMalformed(string name, Exception cause) =>
        new(OciErrorKind.InvalidManifest, $"Cannot read the image configuration {name}: {Errors.Reason(cause)}.", name, cause) { Expected = "an image configuration" };

    /// <summary>Returns the error for a changed configuration that would be too large to be read again.</summary>
    public static OciException ConfigTooLarge(long size, long limit) =>
        new(OciErrorKind.SizeLimitExceeded, string.Format(CultureInfo.InvariantCulture, "The new configuration of the image would have {0:N0} bytes, and the limit is {1:N0} bytes.", size, limit), "configuration")
        {
            Expected = "a smaller configuration",
        };

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

    public static OciException Encrypted(Descriptor layer) =>
        new(OciErrorKind.UnsupportedMediaType, $"Cannot read the layer {layer.Digest}: it is encrypted ('{Digest.Shorten(layer.MediaType)}').", layer.Digest.ToString())
        {
            Expected = "a layer without encryption",
            Actual = layer.MediaType,
        };

    /// <summary>Returns the error for a layer that is not stored and can be downloaded elsewhere.</summary>
    public static OciException ForeignLayer(Descriptor layer, Exception cause) =>
        new(OciErrorKind.NotFound, $"Cannot read the layer {layer.Digest}: it is a foreign layer, which is not stored here. It can be downloaded from {Digest.Shorten(layer.Urls[0])}.", layer.Digest.ToString(), cause)
        {
            Expected = "a stored layer",
            Actual = "a foreign layer",
        };

    public const string SupportedCompression = "a layer of a supported compression";

    /// <summary>The compression of layers that .NET Framework cannot read.</summary>
    public const string GzipMembers = "gzip in several members";

    public static OciException UnsupportedCompression(Digest layer, string compression) =>
        new(OciErrorKind.InvalidArchive, $"Cannot read the layer {layer}: it is compressed with {compression}, which this build of OciLayout does not support.", layer.ToString())
        {
            Expected = SupportedCompression,
            Actual = compression,
        };

    public const string ZstdWindow = "its zstd data needs a window of more than 128 MiB";

    public const string ZstdDictionary = "its zstd data needs a dictionary";

    /// <summary>Returns the error for zstd data that only some decoders can read.</summary>
    public static OciException UnsupportedZstd(Digest layer, string problem, Exception cause) =>
        new(OciErrorKind.InvalidArchive, $"Cannot read the layer {layer}: {problem}, which OciLayout does not support.", layer.ToString(), cause)
        {
            Expected = SupportedCompression,
            Actual = problem,
        };

    public static OciException LayerUnreadable(Digest layer, string problem, Exception cause) =>
        new(OciErrorKind.InvalidArchive, $"Cannot read the layer {layer}: {problem}.", layer.ToString(), cause) { Expected = "a valid layer" };

    /// <summary>Returns the error for an entry of a layer whose type is not supported.</summary>
    public static OciException UnsupportedEntry(string layer, string name, bool isSparse) =>
        new(OciErrorKind.InvalidArchive, $"Cannot read the layer {layer}: '{Digest.Shorten(name)}' {(isSparse ? "is a sparse file, whose format OciLayout does not support" : "has an unknown type")}.", layer)
        {
            Expected = "a valid layer",
        };

    public static OciException NoDiffId(Digest layer) =>
        new(OciErrorKind.InvalidManifest, $"The layer {layer} cannot be verified: the image configuration does not state its diff_id.", layer.ToString()) { Expected = "an image configuration" };

    public static OciException WrongDiffId(Digest layer, Digest expected, Digest actual) =>
        new(OciErrorKind.DigestMismatch, $"The tar of the layer {layer} has the digest {actual}, but the image configuration says {expected}.", layer.ToString())
        {
            Expected = expected.ToString(),
            Actual = actual.ToString(),
        };

    /// <summary>Returns the error for a file below a path that is not a directory.</summary>
    public static OciException NotADirectory(string path, string parent, string layer) =>
        ArtifactErrors.UnsafeName("/" + path, layer, $"'/{Digest.Shorten(parent)}' is a link or a file, and not a directory");

    public static OciException InvalidOwner(long number) =>
        new(OciErrorKind.InvalidArchive, $"Cannot keep the owners of the files: the image has the owner {number}, which the system does not have.", "owner") { Expected = "a number from 0 to 4294967294" };

    /// <summary>Returns the error for an image with so many files that reading it would need too much memory.</summary>
    public static OciException TooManyPaths(Digest image, long limit) =>
        new(OciErrorKind.SizeLimitExceeded, string.Format(CultureInfo.InvariantCulture, "Cannot read the files of {0}: its layers have more than {1:N0} files and directories.", image, limit), image.ToString())
        {
            Expected = "an image with fewer files",
        };

    /// <summary>Returns the error for images whose differing paths are too long to compare.</summary>
    public static OciException TooMuchText(long limit) =>
        new(OciErrorKind.SizeLimitExceeded, $"Cannot compare the files of the images: the paths in the layers that only one of them has are longer than {limit} characters in total.", "image");

    /// <summary>Returns the error for a path that was requested and that no file of an image can have.</summary>
    public static OciException InvalidPath(string path, string problem, OciException inner) =>
        new(OciErrorKind.UnsafePath, $"'{Digest.Shorten(path)}' is not the path of a file in an image: {problem}.", path, inner) { Expected = "a path in an image" };

    public static OciException DanglingLink(string path, string target) =>
        new(OciErrorKind.NotFound, $"Cannot read '{Digest.Shorten(path)}' in the image: it is a symbolic link, and its target '{Digest.Shorten(target)}' does not exist.", path) { Expected = LinkTarget };

    public const string LinkTarget = "the target of a symbolic link";

    public static OciException TooManyLinks(string path, int limit) =>
        new(OciErrorKind.UnsafePath, $"Cannot follow '{Digest.Shorten(path)}' in the image: it leads over more than {limit} symbolic links.", path);

    public static OciException NoContent(string path) =>
        new(OciErrorKind.UnsupportedMediaType, $"'{Digest.Shorten(path)}' has no content: it is not a regular file.", path) { Expected = "a regular file" };

    public static OciException LinkTargetMissing(string path, string? target) =>
        new(OciErrorKind.InvalidArchive, $"Cannot read '{Digest.Shorten(path)}': it is a hard link to '{Digest.Shorten(target ?? "")}', which is not a file before it.", path) { Expected = "a valid layer" };

    public static OciException NotEmpty(string path) =>
        new(OciErrorKind.AlreadyExists, $"Cannot unpack to '{path}': the directory is not empty. Nothing was written.", path) { Expected = "an empty directory" };

    /// <summary>Returns the error for a file that is given as a layer and is not one.</summary>
    public static OciException LayerFileUnreadable(string path, string problem, System.Exception? cause = null) =>
        new(OciErrorKind.InvalidArchive, $"'{path}' cannot be a layer: {problem}.", path, cause) { Expected = "a tar archive" };

    /// <summary>Returns the error for an image whose layers and configuration do not belong together.</summary>
    public static OciException DiffIdCount(Digest image, int layers, int diffIds) =>
        new(OciErrorKind.InvalidManifest, $"Cannot change the layers of {image}: it has {layers} layers, and its configuration has {diffIds} diff_ids.", image.ToString()) { Expected = "an image configuration" };

    public static OciException LayerNotFound(Digest image, string layer) =>
        new(OciErrorKind.NotFound, $"{image} has no layer '{Digest.Shorten(layer)}'.", layer) { Expected = "a layer" };

    public static OciException DockerAnnotations(Digest image) =>
        new(OciErrorKind.UnsupportedOperation, $"Cannot annotate {image}: a Docker manifest has no annotations.", image.ToString()) { Expected = "an OCI manifest" };

    /// <summary>Returns the error for a setting that an image cannot have.</summary>
    /// <param name="setting">The setting and its value, as a noun phrase.</param>
    /// <param name="problem">The problem, as a clause.</param>
    public static OciException InvalidSetting(string setting, string problem) =>
        new(OciErrorKind.InvalidManifest, $"{setting} cannot be set: {problem}.", setting) { Expected = "a valid setting" };

    public static OciException NoPlatform() =>
        new(OciErrorKind.InvalidManifest, "A new image without a base needs a platform.", "platform") { Expected = "a platform" };
}
