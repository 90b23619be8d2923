using System;
using System.Text;

namespace OciLayout.Model;

/// <summary>A media type that many descriptors have. All of them share one string.</summary>
internal sealed class WellKnownMediaType
{
    private static readonly WellKnownMediaType[] All =
    [
        new(MediaTypes.ImageManifest), new(MediaTypes.ImageIndex), new(MediaTypes.DockerManifest), new(MediaTypes.DockerManifestList), new(MediaTypes.Empty),
        new(MediaTypes.ImageConfig), new(MediaTypes.LayerGzip), new(MediaTypes.Layer), new(MediaTypes.LayerZstd), new(MediaTypes.DockerConfig), new(MediaTypes.DockerLayer),
    ];

    private readonly byte[] _utf8;
    private readonly string _text;

    private WellKnownMediaType(string text) => (_utf8, _text) = (Encoding.UTF8.GetBytes(text), text);

    /// <summary>Returns the string of a common media type; null for any other text.</summary>
    public static string? Find(ReadOnlySpan<byte> utf8)
    {
        foreach (var type in All)
        {
            if (utf8.SequenceEqual(type._utf8)) return type._text;
        }

        return null;
    }
}
