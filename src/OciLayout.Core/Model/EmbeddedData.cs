using System.Text.Json;

namespace OciLayout.Model;

/// <summary>Reads content that a descriptor embeds (image-spec, descriptor, "Embedded Content").</summary>
internal static class EmbeddedData
{
    /// <summary>Decodes the value at the reader.</summary>
    /// <returns>
    /// The bytes; null if the value is not a string, or not Base64 with padding and without white space (RFC 4648, section 4).
    /// </returns>
    public static byte[]? Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String || !reader.TryGetBytesFromBase64(out var data)) return null;
        var length = reader.ValueIsEscaped ? reader.GetString()!.Length : reader.ValueSpan.Length;
        return length == (data.Length + 2) / 3 * 4 ? data : null;
    }

    /// <summary>
    /// Returns whether bytes are the content of a descriptor. If the digest cannot be verified, only the size is compared.
    /// </summary>
    public static bool IsContent(byte[] data, Digest digest, long size) =>
        data.Length == size && (digest.KnownAlgorithm is not { } algorithm || Digest.Compute(data, algorithm) == digest);
}
