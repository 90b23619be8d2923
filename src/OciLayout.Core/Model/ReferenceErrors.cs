using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Model;

/// <summary>Makes the errors of tags, digests in text, and platforms.</summary>
internal static class ReferenceErrors
{
    public static OciException NoReference() =>
        new(OciErrorKind.MissingReference, "No tag or digest was given.", "");

    public static OciException NoTag() =>
        new(OciErrorKind.MissingReference, "No tag was given.", "");

    public static OciException InvalidDigest(string text, string problem) =>
        new(OciErrorKind.InvalidDigest, $"'{text}' is not a digest: {problem}.", text)
        {
            Expected = "algorithm:encoded, such as sha256: and 64 lower-case hex digits",
            Actual = text,
        };

    public static OciException InvalidTag(string tag, string problem) =>
        new(OciErrorKind.InvalidReference, $"'{tag}' cannot be a tag: {problem}.", tag)
        {
            Expected = "letters and digits, with single - _ . : @ / + between them (image-spec, annotations, org.opencontainers.image.ref.name)",
            Actual = tag,
        };

    /// <summary>Returns the error for a digest that was given where a tag is removed.</summary>
    public static OciException DigestIsNotATag(string digest) =>
        new(OciErrorKind.InvalidReference, $"Cannot remove '{digest}': it is a digest, not a tag.", digest);

    /// <summary>Returns the error for a reference that is neither a tag nor a digest of a store.</summary>
    /// <param name="reference">The reference.</param>
    /// <param name="root">The store.</param>
    /// <param name="tags">The tags of the store.</param>
    public static OciException NotFound(string reference, string root, IEnumerable<string> tags)
    {
        var name = Digest.Shorten(reference);
        return new OciException(OciErrorKind.NotFound, $"The store '{root}' has no tag or content '{name}'.{SimilarTag.Hint(reference, tags)}", name);
    }

    public static OciException TagNotFound(string tag, string root, IEnumerable<string> tags)
    {
        var name = Digest.Shorten(tag);
        return new OciException(OciErrorKind.NotFound, $"The store '{root}' has no tag '{name}'.{SimilarTag.Hint(tag, tags)}", name);
    }

    /// <summary>Returns the error for a tag that exists and would be moved.</summary>
    public static OciException TagExists(string tag, string place)
    {
        var name = Digest.Shorten(tag);
        return new OciException(OciErrorKind.AlreadyExists, $"The tag '{name}' already exists in '{place}'.", name) { Actual = "a tag" };
    }

    /// <summary>Returns the error for a tag that was moved or deleted while the content that it named was edited.</summary>
    public static OciException TagMoved(string tag, Digest edited, Digest? current)
    {
        var name = Digest.Shorten(tag);
        var now = current is null ? "the tag does not exist any more" : $"the tag names {current} by now";
        return new OciException(OciErrorKind.TagMoved, $"'{name}' was changed by another process: {now}. The result of the edit of {edited} did not get the tag.", name) { Expected = edited.ToString(), Actual = current?.ToString() };
    }

    /// <summary>Returns the error for a digest prefix of several digests.</summary>
    public static OciException Ambiguous(string prefix, IReadOnlyList<string> digests) =>
        new(OciErrorKind.AmbiguousReference, $"'{prefix}' is the beginning of {digests.Count} digests: {string.Join(", ", digests.Take(5))}{(digests.Count > 5 ? ", …" : "")}.", prefix)
        {
            Expected = "one digest",
            Related = digests,
        };

    /// <summary>Returns the error for content without an image of a platform.</summary>
    /// <param name="root">The content.</param>
    /// <param name="wanted">The platform.</param>
    /// <param name="existing">The platforms that the content has.</param>
    public static OciException PlatformNotFound(Digest root, Platform wanted, IReadOnlyList<string> existing)
    {
        var list = existing.Count == 0 ? "it does not specify a platform" : $"it has {string.Join(", ", existing)}";
        return new OciException(OciErrorKind.NotFound, $"{root} has no image for {wanted}: {list}.", root.ToString())
        {
            Expected = wanted.ToString(),
            Related = existing,
        };
    }

    /// <summary>Returns the error for a tag of a layout that does not say to which repository its content belongs.</summary>
    public static OciException NoRepositoryName(string tag, string destination) =>
        new(OciErrorKind.InvalidReference, $"The tag '{Digest.Shorten(tag)}' does not name a repository, so it cannot be copied to {destination}.", Digest.Shorten(tag)) { Expected = "a whole name, such as docker.io/library/nginx:1.27" };

    /// <summary>Returns the error for two sources of one destination.</summary>
    public static OciException SameDestination(string first, string second, string destination) =>
        new(OciErrorKind.AmbiguousReference, $"{first} and {second} would both be copied to {destination}. Nothing was copied.", destination) { Related = [first, second] };
}
