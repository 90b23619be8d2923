using System;
using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Model;

/// <summary>Makes the errors of deletion and garbage collection.</summary>
internal static class DeletionErrors
{
    /// <summary>Returns the error for content that is still referenced, or whose deletion would delete tags.</summary>
    /// <param name="target">The content.</param>
    /// <param name="tags">The tags that would be deleted.</param>
    /// <param name="references">The references that would break, each as a clause.</param>
    /// <param name="related">The tags and manifests.</param>
    public static OciException Referenced(Digest target, IReadOnlyList<string> tags, IReadOnlyList<string> references, IReadOnlyList<string> related)
    {
        var lost = tags.Count == 0 ? "" : $"the tag{(tags.Count == 1 ? "" : "s")} {Names(tags)} would be deleted, too";
        var broken = Names(references);
        var and = lost.Length > 0 && broken.Length > 0 ? ", and " : "";
        return new OciException(OciErrorKind.ContentReferenced, $"Cannot delete {target}: {lost}{and}{broken}.", target.ToString()) { Related = related };
    }

    /// <summary>Returns the error for content that got tags after its deletion was planned.</summary>
    public static OciException Tagged(Digest target, IReadOnlyList<string> tags) =>
        new(OciErrorKind.ContentReferenced, $"Cannot delete {target}: it was tagged after the deletion was planned.", target.ToString()) { Related = tags };

    /// <summary>Returns the error for content whose referrers changed after its deletion was planned.</summary>
    public static OciException ReferrersChanged(Digest target) =>
        new(OciErrorKind.StoreBusy, $"Cannot delete {target}: its referrers changed after the deletion was planned.", target.ToString());

    /// <summary>Returns the error for a deletion that cannot tell which content is shared.</summary>
    public static OciException SharedUnknown(Digest target, IReadOnlyList<string> problems) =>
        new(
            OciErrorKind.IncompleteGraph,
            $"Cannot delete {target} with the content that only it needs: a manifest that may share it cannot be read. {problems[0]}{More(problems.Count)}",
            target.ToString())
        {
            Related = problems,
        };

    /// <summary>Returns the error for a deletion that left files behind.</summary>
    public static OciException FilesLeft(Digest target, Exception cause) =>
        new(
            OciErrorKind.IncompleteChange,
            $"{target} was deleted from the index, but some of its files were not deleted: {Errors.Reason(cause)}. Garbage collection deletes them.",
            target.ToString(),
            cause);

    /// <summary>Returns the error for a garbage collection that cannot tell which content is needed.</summary>
    public static OciException NeededUnknown(IReadOnlyList<OciException> problems) =>
        new(
            OciErrorKind.IncompleteGraph,
            $"Garbage collection stopped before deleting anything, because it cannot tell which content is needed. {problems[0].Message}{More(problems.Count)}",
            problems[0].Subject,
            problems[0])
        {
            Related = [.. problems.Select(p => p.Message)],
        };

    /// <summary>Returns the error for a garbage collection that would delete all manifests, because none is tagged.</summary>
    public static OciException NothingTagged(int count) =>
        Refused("index.json", $"the index lists {(count == 1 ? "1 manifest" : $"{count} manifests")} and no tag, so all content would be deleted");

    /// <summary>Returns the error for a garbage collection that would delete all manifests, because none is listed.</summary>
    public static OciException NothingListed() =>
        Refused("blobs", "the index is empty, but blobs/ contains manifests or content that cannot be read");

    private static OciException Refused(string subject, string reason) =>
        new(OciErrorKind.IncompleteGraph, $"Garbage collection stopped before deleting anything: {reason}.", subject);

    private static string More(int count) => count == 1 ? "" : $" There {(count == 2 ? "is 1 more problem" : $"are {count - 1} more problems")}.";

    /// <summary>Returns a list of names for a message, at most five.</summary>
    public static string Names(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(5).Select(n => Digest.Shorten(n))) + (names.Count > 5 ? $" and {names.Count - 5} more" : "");
}
