using OciLayout.Archives;

namespace OciLayout.Images;

/// <summary>An entry of a layer, by its path in the image.</summary>
/// <param name="Path">The path without a slash at its start; empty for the root directory. For a whiteout, the path that it hides.</param>
/// <param name="Whiteout">Whether the entry hides files of the layers below.</param>
/// <param name="Tar">The entry of the archive.</param>
internal readonly record struct LayerEntry(string Path, LayerWhiteout Whiteout, TarEntry Tar)
{
    public bool IsDirectory => Tar.Kind == TarEntryKind.Directory;
}
