using OciLayout.Model;
using OciLayout.Referrers;

namespace OciLayout.Transfer;

/// <summary>The names of repositories in layouts and below a host that receives a sync.</summary>
internal static class SyncNames
{
    /// <summary>
    /// Returns the repository and the tag of a whole name, such as <c>docker.io/library/nginx:1.27</c>; null for another tag of a layout.
    /// </summary>
    public static (RegistryReference Repository, string Tag)? TryParse(string name)
    {
        if (!ImageName.IsValid(name)) return null;
        try
        {
            var reference = RegistryReference.Parse(RegistryReference.Scheme + ImageName.Expand(name));
            return reference.Tag is { } tag ? (reference.WithTag(null), tag) : null;
        }
        catch (OciException)
        {
            return null;
        }
    }

    /// <summary>Returns the name of a repository of a layout: the part of its whole names before the last colon.</summary>
    public static string InLayout(RegistryReference repository) => $"{repository.Authority}/{repository.Repository}";

    /// <summary>Returns the name of a repository below a host.</summary>
    /// <param name="prefix">The prefix; empty for none.</param>
    /// <param name="repository">The repository at the source.</param>
    /// <param name="keepHost">Whether the host of the source becomes a part of the name. A port follows the host after a hyphen.</param>
    public static string BelowHost(string prefix, RegistryReference repository, bool keepHost)
    {
        var host = keepHost ? repository.Authority.Replace("[", "").Replace("]", "").Replace(':', '-') + "/" : "";
        return (prefix.Length == 0 ? "" : prefix + "/") + host + repository.Repository;
    }

    /// <summary>
    /// Returns whether a tag has the form <c>sha256-…</c>. Tools keep lists of referrers under such tags, and signatures with a suffix.
    /// </summary>
    public static bool IsDigestTag(string tag) => FallbackTag.Is(tag.Split('.')[0]);
}
