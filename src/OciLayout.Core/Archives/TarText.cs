using System;
using System.Text;

namespace OciLayout.Archives;

/// <summary>Text in the headers of a tar archive.</summary>
internal static class TarText
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>
    /// Decodes UTF-8 up to the first zero byte. Sets <paramref name="isValid"/> to false when bytes are invalid; they become U+FFFD.
    /// </summary>
    public static string Read(byte[] bytes, int offset, int count, ref bool isValid)
    {
        var end = Array.IndexOf(bytes, (byte)0, offset, count);
        return Decode(bytes, offset, end < 0 ? count : end - offset, ref isValid);
    }

    /// <summary>Decodes UTF-8. Sets <paramref name="isValid"/> to false when bytes are invalid; they become U+FFFD.</summary>
    public static string Decode(byte[] bytes, int offset, int count, ref bool isValid)
    {
        try
        {
            return Strict.GetString(bytes, offset, count);
        }
        catch (DecoderFallbackException)
        {
            isValid = false;
            return Encoding.UTF8.GetString(bytes, offset, count);
        }
    }
}
