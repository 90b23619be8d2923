using System.Text;

namespace OciLayout.PowerShell;

/// <summary>Decodes content that is emitted as text.</summary>
internal static class ContentText
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Returns the text.</summary>
    /// <param name="name">The name of the content, for the message.</param>
    /// <param name="bytes">The content.</param>
    /// <param name="advice">The next step when the content is not text.</param>
    /// <exception cref="OciArgumentException">The content is not UTF-8.</exception>
    public static string Decode(string name, byte[] bytes, string advice)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new OciArgumentException("NotText", $"{name} is not UTF-8 text.", advice, e);
        }
    }
}
