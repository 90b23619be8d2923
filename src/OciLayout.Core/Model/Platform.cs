using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout;

/// <summary>The platform of an image (image-spec, image-index, "platform"). Immutable. Platforms are equal if all their members are.</summary>
/// <param name="OS">The operating system, such as <c>linux</c>.</param>
/// <param name="Architecture">The CPU architecture, such as <c>amd64</c>.</param>
public sealed record Platform(string OS, string Architecture)
{
    /// <summary>The operating system, such as <c>linux</c>.</summary>
    public string OS { get; init => field = Guard.NotNull(value); } = Guard.NotNull(OS);

    /// <summary>The CPU architecture, such as <c>amd64</c>.</summary>
    public string Architecture { get; init => field = Guard.NotNull(value); } = Guard.NotNull(Architecture);

    /// <summary>The variant of the CPU, such as <c>v8</c>.</summary>
    public string? Variant { get; init; }

    /// <summary>The version of the operating system.</summary>
    public string? OSVersion { get; init; }

    /// <summary>Features that the operating system must have. The list is copied.</summary>
    public IReadOnlyList<string> OSFeatures { get; init => field = Guard.NotNull(value).Count == 0 ? [] : Array.AsReadOnly(value.ToArray()); } = [];

    /// <summary>
    /// Returns whether an image of this platform satisfies a request. Operating system and architecture must be equal. Variant and version
    /// must be equal if the request states them. All requested features must be present.
    /// </summary>
    public bool Satisfies(Platform wanted) =>
        OS == Guard.NotNull(wanted).OS && Architecture == wanted.Architecture
        && (string.IsNullOrEmpty(wanted.Variant) || Variant == wanted.Variant)
        && (string.IsNullOrEmpty(wanted.OSVersion) || OSVersion == wanted.OSVersion)
        && wanted.OSFeatures.All(OSFeatures.Contains);

    /// <summary>Parses <c>os/architecture[/variant][:version]</c>.</summary>
    /// <exception cref="FormatException">The text does not have two or three parts.</exception>
    public static Platform Parse(string text)
    {
        var colon = Guard.NotNull(text).IndexOf(':');
        var parts = (colon < 0 ? text : text.Substring(0, colon)).Split('/');
        if (parts.Length is < 2 or > 3 || Array.Exists(parts, string.IsNullOrWhiteSpace) || colon == text.Length - 1 || !UnicodeText.IsValid(text))
            throw new FormatException($"'{Digest.Shorten(text)}' is not a platform. Write os/architecture or os/architecture/variant, such as linux/arm64/v8.");
        return new Platform(parts[0], parts[1])
        {
            Variant = parts.Length == 3 ? parts[2] : null,
            OSVersion = colon < 0 ? null : text.Substring(colon + 1),
        };
    }

    /// <summary>Returns whether all members are equal, the features in their order.</summary>
    public bool Equals(Platform? other) =>
        other is not null && OS == other.OS && Architecture == other.Architecture && Variant == other.Variant && OSVersion == other.OSVersion
        && OSFeatures.SequenceEqual(other.OSFeatures);

    /// <inheritdoc/>
    public override int GetHashCode() => (OS, Architecture, Variant, OSVersion, OSFeatures.Count).GetHashCode();

    /// <summary>Returns <c>os/architecture[/variant][:version]</c>.</summary>
    public override string ToString() =>
        (Variant is null ? $"{OS}/{Architecture}" : $"{OS}/{Architecture}/{Variant}") + (OSVersion is null ? "" : ":" + OSVersion);
}
