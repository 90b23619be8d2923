using System.Linq;
using OciLayout.Model;

namespace OciLayout.Archives;

/// <summary>Checks the targets of symbolic links of an artifact.</summary>
internal static class LinkTarget
{
    /// <summary>
    /// Refuses a target that can lead out of the packed directory. It has to be relative, and all its <c>..</c> parts have to come first.
    /// Any other part may be a link, and a <c>..</c> after it would be resolved from the target of that link.
    /// </summary>
    /// <param name="entry">The name of the link.</param>
    /// <param name="target">The target.</param>
    /// <param name="top">The number of parts in the name of the directory.</param>
    /// <param name="where">The place of the link, for the message.</param>
    public static void Check(string entry, string target, int top, string where)
    {
        if (target.Length == 0 || target[0] == '/' || target.Any(c => c is '\\' or ':' or '\0'))
            throw ArtifactErrors.UnsafeName(entry, where, $"it is a link to '{Digest.Shorten(target)}', which is not relative");
        if (SafeName.IsTooLong(target)) throw ArtifactErrors.UnsafeName(entry, where, "it is a link to a path that is too long");
        var level = entry.Split('/').Length - 1 - top;
        var down = false;
        foreach (var part in target.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part != "..")
            {
                down = true;
                if (SafeName.Problem(part) is { } problem) throw ArtifactErrors.UnsafeName(entry, where, $"it is a link to '{Digest.Shorten(target)}': {problem}");
            }
            else if (down || --level < 0)
            {
                throw ArtifactErrors.UnsafeName(entry, where, $"it is a link to '{Digest.Shorten(target)}', which is outside of the artifact");
            }
        }
    }
}
