using System;
using System.Linq;
using OciLayout.Common;

namespace OciLayout.Model;

/// <summary>Checks tags, and derives the tag names that the distribution-spec defines for digests.</summary>
internal static class Reference
{
    /// <summary>The maximum length of a tag. No grammar limits ref.name; this is twice the limit of a registry.</summary>
    private const int MaxLength = 255;

    /// <summary>Refuses text that cannot be a tag. Only used for writing; reading accepts any tag.</summary>
    public static void CheckTag(string? tag, string target)
    {
        if (string.IsNullOrEmpty(tag))
            throw ReferenceErrors.NoTag();
        var problem = Problem(tag!, target);
        if (problem is null) return;
        var shown = Digest.Shorten(tag);
        throw ReferenceErrors.InvalidTag(shown, problem);
    }

    /// <summary>Returns whether <see cref="CheckTag"/> accepts a tag for any object.</summary>
    public static bool IsTag(string tag) => tag.Length > 0 && Problem(tag, "") is null;

    private static string? Problem(string tag, string target)
    {
        if (tag.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))) return "it has spaces or control characters";
        if (tag.Length > MaxLength) return $"it has {tag.Length} characters, and the limit is {MaxLength}";
        if (Digest.TryParse(tag, out var digest) && digest.IsVerifiable && tag != target) return "it is the digest of another object";
        if (LooksLikeDigest(tag)) return "it looks like a digest";
        return IsRefName(tag) || IsRegistryTag(tag) ? null : "it has characters, or a sequence of characters, that are not allowed in a tag";
    }

    // Resolving treats "sha256:…" as a digest or a digest prefix, so such a tag could not be resolved.
    private static bool LooksLikeDigest(string tag)
    {
        var colon = tag.IndexOf(':');
        return colon > 0 && DigestAlgorithms.Find(tag.AsSpan(0, colon)) is not null
            && !Digest.TryParse(tag, out _) && Digest.IsLowerHex(tag.AsSpan(colon + 1));
    }

    // ref ::= component ("/" component)*, component ::= alphanum (separator alphanum)*, alphanum ::= [A-Za-z0-9]+,
    // separator ::= [-._:@+] | "--" (image-spec, annotations, "Pre-Defined Annotation Keys")
    private static bool IsRefName(string tag)
    {
        var i = 0;
        while (true)
        {
            var start = i;
            while (i < tag.Length && Ascii.IsAlphanumeric(tag[i])) i++;
            if (i == start) return false;
            if (i == tag.Length) return true;
            if (tag[i] == '-' && i + 1 < tag.Length && tag[i + 1] == '-') i += 2;
            else if (tag[i] is '-' or '.' or '_' or ':' or '@' or '+' or '/') i++;
            else return false;
        }
    }

    // tag ::= [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127} (distribution-spec, "Pulling manifests")
    private static bool IsRegistryTag(string tag) =>
        tag.Length <= 128 && (Ascii.IsAlphanumeric(tag[0]) || tag[0] == '_') && tag.All(c => Ascii.IsAlphanumeric(c) || c is '_' or '.' or '-');
}
