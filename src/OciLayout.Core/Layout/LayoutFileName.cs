namespace OciLayout.Layout;

/// <summary>
/// The name of a file in a layout, as in the specification (<c>index.json</c>, <c>blobs/sha256/…</c>). The name of a blob is stored as its
/// digest, because a directory does not need its text.
/// </summary>
internal readonly struct LayoutFileName
{
    private LayoutFileName(string? text, Digest blob) => (Text, Blob) = (text, blob);

    /// <summary>The name; null for a blob.</summary>
    public string? Text { get; }

    /// <summary>The digest of the blob, if <see cref="Text"/> is null.</summary>
    public Digest Blob { get; }

    public static implicit operator LayoutFileName(string name) => new(name, default);

    public static implicit operator LayoutFileName(Digest blob) => new(null, blob);

    public override string ToString() => Text ?? LayoutNames.Blob(Blob);
}
