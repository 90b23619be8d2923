using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Creates the digests of emitted objects: text that has the parts as properties. A class would become an object with several properties in
/// JSON, where other tools need the text.
/// </summary>
internal static class DigestText
{
    /// <summary>Returns a digest as text that has the properties Algorithm and Encoded.</summary>
    public static PSObject Of(Digest digest)
    {
        var text = new PSObject(digest.ToString());
        text.Properties.Add(new PSNoteProperty(nameof(Digest.Algorithm), digest.Algorithm));
        text.Properties.Add(new PSNoteProperty(nameof(Digest.Encoded), digest.Encoded));
        return text;
    }

    /// <summary>Returns the same for a digest that may be missing.</summary>
    public static PSObject? Of(Digest? digest) => digest is { IsEmpty: false } present ? Of(present) : null;
}
