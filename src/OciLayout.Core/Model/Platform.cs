using System;
using System.Collections.Generic;

namespace OciLayout;

/// <summary>The platform of an image (image-spec, image-index, "platform").</summary>
public sealed record Platform(string OS, string Architecture)
{
    /// <summary>The variant of the CPU, such as <c>v8</c>.</summary>
    public string? Variant { get; init; }

    /// <summary>The version of the operating system.</summary>
    public string? OSVersion { get; init; }

    /// <summary>Features that the operating system must have.</summary>
    public IReadOnlyList<string> OSFeatures { get; init; } = Array.Empty<string>();

    /// <summary>Reads <c>os/architecture[/variant]</c>.</summary>
    /// <exception cref="FormatException">The text has not two or three parts.</exception>
    public static Platform Parse(string text)
    {
        if (text is null) throw new ArgumentNullException(nameof(text));
        var parts = text.Split('/');
        if (parts.Length is < 2 or > 3 || Array.Exists(parts, string.IsNullOrWhiteSpace))
            throw new FormatException($"'{Digest.Shorten(text)}' is not a platform. Write os/architecture or os/architecture/variant, such as linux/arm64/v8.");
        return new Platform(parts[0], parts[1]) { Variant = parts.Length == 3 ? parts[2] : null };
    }

    /// <summary><c>os/architecture[/variant]</c>.</summary>
    public override string ToString() => Variant is null ? $"{OS}/{Architecture}" : $"{OS}/{Architecture}/{Variant}";
}
