using System.Linq;

namespace OciLayout.Artifacts;

/// <summary>Where symbolic links of an artifact may lead.</summary>
internal static class LinkTarget
{
    /// <summary>
    /// Refuses a target that could lead out of the directory that the artifact is: it has to be relative, and go up first and down then. Down
    /// it may pass other links, which are as safe; up after that it would leave the place where such a link leads.
    /// </summary>
    /// <param name="entry">The name of the link.</param>
    /// <param name="target">Its target.</param>
    /// <param name="top">How many parts the name of the directory has.</param>
    /// <param name="where">Where the link stands, for the message.</param>
    public static void Check(string entry, string target, int top, string where)
    {
        if (target.Length == 0 || target[0] == '/' || target.Any(c => c is '\\' or ':' or '\0'))
            throw SafeName.Unsafe(entry, where, $"it is a link to '{Digest.Shorten(target)}', which is not relative");
        if (SafeName.IsTooLong(target)) throw SafeName.Unsafe(entry, where, "it is a link to a name that is longer than paths can be");
        var level = entry.Split('/').Length - 1 - top;
        var down = false;
        foreach (var part in target.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part != "..")
            {
                down = true;
                if (SafeName.Problem(part) is { } problem) throw SafeName.Unsafe(entry, where, $"it is a link to '{Digest.Shorten(target)}': {problem}");
            }
            else if (down || --level < 0)
            {
                throw SafeName.Unsafe(entry, where, $"it is a link to '{Digest.Shorten(target)}', which leads out of the artifact");
            }
        }
    }
}
