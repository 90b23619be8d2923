namespace OciLayout.Files;

/// <summary>The kind of a directory entry.</summary>
internal enum FileKind
{
    File,
    Directory,
    Other,
}
