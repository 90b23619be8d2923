namespace OciLayout;

/// <summary>The progress of a verification.</summary>
/// <param name="Bytes">The number of bytes hashed so far.</param>
/// <param name="TotalBytes">The number of bytes to hash.</param>
public readonly record struct VerifyProgress(long Bytes, long TotalBytes);
