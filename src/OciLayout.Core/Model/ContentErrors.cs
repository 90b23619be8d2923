using System;
using System.Globalization;

namespace OciLayout.Model;

/// <summary>Makes the errors of blobs and manifests.</summary>
internal static class ContentErrors
{
    public static OciException NoDigest() =>
        new(OciErrorKind.InvalidDigest, "No digest was given.", "");

    /// <summary>Returns the error for a digest of an algorithm that cannot be verified.</summary>
    /// <param name="digest">The digest.</param>
    /// <param name="action">The action that fails, as a verb.</param>
    public static OciException UnsupportedAlgorithm(Digest digest, string action) =>
        new(OciErrorKind.InvalidDigest, $"Cannot {action} {digest}: OciLayout supports the algorithms sha256, sha384 and sha512 only.", digest.ToString());

    /// <summary>Returns the error for text that is not a list of digests.</summary>
    /// <param name="problem">The problem, as a clause.</param>
    /// <param name="cause">The cause.</param>
    public static OciException NotAList(string problem, Exception? cause = null) =>
        new(OciErrorKind.InvalidDigest, $"This is not a list of digests: {problem}.", null, cause)
        {
            Expected = "a list of digests, or of objects with a digest",
            Actual = problem,
        };

    /// <summary>Returns the error for content that is not stored.</summary>
    /// <param name="digest">The content.</param>
    /// <param name="root">The store; null if it is not known.</param>
    /// <param name="parent">The content that needs it; null if there is none.</param>
    /// <param name="cause">The cause.</param>
    public static OciException NotStored(Digest digest, string? root = null, Digest? parent = null, Exception? cause = null)
    {
        var where = root is null ? "the store" : $"the store '{root}'";
        var need = parent is null ? "" : $", but {parent} needs it";
        return new OciException(OciErrorKind.NotFound, $"{digest} does not exist in {where}{need}.", digest.ToString(), cause) { Actual = "not stored" };
    }

    /// <summary>Returns the error for content that does not have the size in its descriptor.</summary>
    /// <param name="digest">The content.</param>
    /// <param name="expected">The size in the descriptor, in bytes.</param>
    /// <param name="actual">The size of the content, in bytes.</param>
    /// <param name="root">The store; null if it is not known.</param>
    public static OciException WrongSize(Digest digest, long expected, long actual, string? root = null) =>
        new(OciErrorKind.SizeMismatch, $"{digest}{In(root)} has {actual} bytes, but its descriptor says {expected} bytes.", digest.ToString())
        {
            Expected = Text(expected),
            Actual = Text(actual),
        };

    /// <summary>Returns the error for pushed content that does not have the expected size.</summary>
    /// <param name="digest">The expected digest; null if it is not known.</param>
    /// <param name="expected">The expected size in bytes.</param>
    /// <param name="read">The number of bytes that were read.</param>
    /// <param name="more">Whether the content has more bytes than were read.</param>
    public static OciException WrongPushSize(Digest? digest, long? expected, long read, bool more)
    {
        var actual = more ? "more than " + expected : Text(read);
        return new OciException(OciErrorKind.SizeMismatch, $"{digest?.ToString() ?? "The content"} has {actual} bytes, but its descriptor says {expected} bytes.", digest?.ToString() ?? "the content")
        {
            Expected = expected?.ToString(CultureInfo.InvariantCulture),
            Actual = (more ? "at least " : "") + Text(read),
        };
    }

    public static OciException Truncated(Digest digest, long length, long position) =>
        new(OciErrorKind.SizeMismatch, $"{digest} ended after {position} of {length} bytes. It was truncated while it was read.", digest.ToString())
        {
            Expected = Text(length),
            Actual = Text(position),
        };

    /// <summary>Returns the error for content that does not have its digest.</summary>
    /// <param name="expected">The digest that names the content.</param>
    /// <param name="actual">The digest of the content.</param>
    /// <param name="root">The store; null if the content is not read from one.</param>
    public static OciException WrongDigest(Digest expected, Digest actual, string? root = null) =>
        new(OciErrorKind.DigestMismatch, $"The content of {expected}{In(root)} does not match: its digest is {actual}.", expected.ToString())
        {
            Expected = expected.ToString(),
            Actual = actual.ToString(),
        };

    /// <summary>Returns the error for content that is too large to be read into memory.</summary>
    public static OciException TooLarge(Digest digest, long size, long limit) =>
        new(OciErrorKind.SizeLimitExceeded, $"Cannot read {digest} into memory: it has {size} bytes, and the limit is {limit} bytes.", digest.ToString())
        {
            Expected = "at most " + Text(limit),
            Actual = Text(size),
        };

    /// <summary>Returns the error for a pushed manifest that is too large.</summary>
    /// <param name="digest">The digest that was given for it; null if none was given.</param>
    /// <param name="size">Its size in bytes; null if it is not known.</param>
    /// <param name="limit">The limit in bytes.</param>
    public static OciException ManifestTooLarge(Digest? digest, long? size, long limit)
    {
        var name = digest?.ToString() ?? "The manifest";
        var found = size is { } known ? $"has {known} bytes" : "is too large";
        return new OciException(OciErrorKind.SizeLimitExceeded, $"{name} {found}, and the limit for a manifest is {limit} bytes.", name) { Expected = "at most " + Text(limit) };
    }

    /// <summary>Returns the error for a document without a media type that does not have the members of a manifest.</summary>
    /// <param name="bytes">The document.</param>
    public static OciException NotAManifest(ReadOnlyMemory<byte> bytes) =>
        new(OciErrorKind.InvalidManifest, $"The document is not a manifest: {ManifestProblem.Of(bytes)}.", "the document");

    /// <summary>Returns the error for a descriptor whose media type is not that of a manifest or index.</summary>
    public static OciException NotAManifest(Descriptor descriptor) =>
        new(OciErrorKind.UnsupportedMediaType, $"{descriptor.Digest} is not a manifest or index: its media type is '{Digest.Shorten(descriptor.MediaType)}'.", descriptor.Digest.ToString())
        {
            Expected = "a manifest or index",
            Actual = descriptor.MediaType,
        };

    public static OciException ManifestMalformed(string name, string mediaType, Exception cause) =>
        new(OciErrorKind.InvalidManifest, $"Cannot parse {name} as {mediaType}: {Errors.Reason(cause)}.", name, cause) { Expected = mediaType };

    /// <summary>Returns the error for a manifest whose file cannot be read.</summary>
    public static OciException ManifestUnreadable(Digest digest, Exception cause) =>
        new(OciErrorKind.InvalidManifest, $"{digest} cannot be read: {cause.Message}", digest.ToString(), cause);

    /// <summary>Returns the error for a pushed manifest that violates the image specification.</summary>
    public static OciException ManifestRefused(string name, string mediaType, string problem) =>
        new(OciErrorKind.InvalidManifest, $"{name} does not follow the image specification, so other tools cannot read it: {problem}.", name)
        {
            Expected = mediaType,
            Actual = problem,
        };

    public static OciException InvalidMediaType(string use, string mediaType) =>
        new(OciErrorKind.InvalidMediaType, $"The {use} '{Digest.Shorten(mediaType)}' is not a media type of the form type/subtype (RFC 6838).", mediaType)
        {
            Expected = "type/subtype",
            Actual = mediaType,
        };

    public static OciException NotAManifestType(string mediaType, string example) =>
        new(OciErrorKind.UnsupportedMediaType, $"'{Digest.Shorten(mediaType)}' is not the media type of a manifest or index.", mediaType)
        {
            Expected = example + " or another manifest type",
            Actual = mediaType,
        };

    /// <summary>Returns the error for text that cannot be written as UTF-8.</summary>
    public static OciException InvalidUnicode(string setting, string text) =>
        new(OciErrorKind.InvalidManifest, $"The {setting} cannot be written: '{Digest.Shorten(text)}' has half of a surrogate pair, which UTF-8 cannot hold.", setting) { Expected = "valid Unicode" };

    /// <summary>Returns the error for a creation time that is not a date and time.</summary>
    public static OciException InvalidCreated(string created) =>
        new(OciErrorKind.InvalidManifest, $"The annotation {AnnotationKeys.Created} has the value '{Digest.Shorten(created)}', which is not a date and time of RFC 3339.", AnnotationKeys.Created)
        {
            Expected = "a date and time such as 2026-01-31T12:00:00Z",
            Actual = created,
        };

    private static string In(string? root) => root is null ? "" : $" in '{root}'";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
