using System;
using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Referrers;

/// <summary>
/// The tags under which cosign stores signatures, attestations and SBOMs of a manifest, because these have no subject:
/// <c>sha256-&lt;hex&gt;.sig</c>, <c>.att</c> and <c>.sbom</c>.
/// </summary>
internal static class DigestTag
{
    private static readonly string[] Suffixes = [".sig", ".att", ".sbom"];

    /// <summary>Returns the digest tags of a manifest.</summary>
    public static IEnumerable<string> Of(Digest subject) => Suffixes.Select(suffix => subject.Algorithm + "-" + subject.Encoded + suffix);

    /// <summary>Returns whether a tag is the digest tag of a manifest.</summary>
    public static bool Is(string tag) => TryParse(tag, out _);

    /// <summary>Returns the manifest to which content with a tag is attached. In a layout, the tag may have the name of a repository before it.</summary>
    public static bool TryParse(string tag, out Digest subject)
    {
        subject = default;
        foreach (var suffix in Suffixes)
        {
            if (tag.EndsWith(suffix, StringComparison.Ordinal)) return TryParse(NameOf(tag), suffix, out subject);
        }

        return false;
    }

    private static bool TryParse(string name, string suffix, out Digest subject)
    {
        subject = default;
        var dash = name.IndexOf('-');
        return dash > 0 && Digest.TryParse(name.Substring(0, dash) + ":" + name.Substring(dash + 1, name.Length - dash - 1 - suffix.Length), out subject) && subject.IsVerifiable;
    }

    /// <summary>Returns the tag without the name of a repository.</summary>
    public static string NameOf(string tag) => tag.Substring(tag.LastIndexOf(':') + 1);

    /// <summary>
    /// Describes content with a digest tag as a referrer. Its artifact type is that of the manifest. Cosign does not write one: then it is the
    /// media type of the config, or of the first layer if the config is that of an image or empty.
    /// </summary>
    public static Descriptor Describe(Descriptor target, Manifest manifest)
    {
        var config = manifest.Config?.MediaType;
        var type = manifest.ArtifactType is { Length: > 0 } own ? own
            : config is { Length: > 0 } and not (MediaTypes.Empty or MediaTypes.UnknownConfig) && !MediaTypes.IsImageConfig(config) ? config
            : manifest.Layers.Count > 0 ? manifest.Layers[0].MediaType : config;
        return new Descriptor(target.MediaType, target.Digest, target.Size) { ArtifactType = type, Annotations = manifest.Annotations };
    }
}
