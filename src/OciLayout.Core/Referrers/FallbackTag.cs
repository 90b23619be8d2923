using System;
using OciLayout.Model;

namespace OciLayout.Referrers;

/// <summary>
/// The tag of a fallback index, which lists the referrers of one subject for clients of registries without the referrers API
/// (distribution-spec, "Referrers Tag Schema").
/// </summary>
internal static class FallbackTag
{
    /// <summary>
    /// Returns the tag under which registries without the referrers API list the referrers of a digest (distribution-spec,
    /// "Referrers Tag Schema").
    /// </summary>
    public static string Of(Digest subject)
    {
        var algorithm = subject.Algorithm;
        var encoded = subject.Encoded;
        return (algorithm.Length > 32 ? algorithm.Substring(0, 32) : algorithm) + "-" + (encoded.Length > 64 ? encoded.Substring(0, 64) : encoded);
    }

    /// <summary>Returns whether a tag has the form of a fallback tag for an algorithm under which content can be stored.</summary>
    public static bool Is(string tag)
    {
        var dash = tag.IndexOf('-');
        return dash > 0 && tag.Length == dash + 1 + 64
            && DigestAlgorithms.Find(tag.AsSpan(0, dash)) is not null && Digest.IsLowerHex(tag.AsSpan(dash + 1));
    }
}
