namespace OciLayout;

/// <summary>
/// The digest algorithms under which content can be stored (image-spec, descriptor, "Registered algorithms"). oras-go also supports sha384.
/// </summary>
public enum DigestAlgorithm
{
    /// <summary>SHA-256, 64 hex digits. All tools support it.</summary>
    Sha256,

    /// <summary>SHA-384, 96 hex digits.</summary>
    Sha384,

    /// <summary>SHA-512, 128 hex digits.</summary>
    Sha512,
}
