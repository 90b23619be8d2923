namespace OciLayout.Tests.StateModel;

/// <summary>An entry of the model's index.</summary>
/// <param name="Digest">The digest of the content.</param>
/// <param name="Tag">The tag, or null.</param>
/// <param name="IsOther">Whether the entry has an unknown media type instead of the content's own.</param>
internal sealed record ModelEntry(Digest Digest, string? Tag, bool IsOther = false)
{
    /// <summary>Whether the content is read as a document of an unknown type.</summary>
    public bool IsDocument => IsOther || !ModelContents.ByDigest[Digest].IsManifest;
}
