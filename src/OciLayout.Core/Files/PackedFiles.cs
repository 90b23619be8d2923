using System.IO;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout.Files;

/// <summary>
/// Reads the files of a directory that is packed. Another process can replace a file or directory with a link after it was listed. On Linux
/// such a link is not followed, so files outside of the directory are not packed.
/// </summary>
/// <param name="directory">The absolute path of the directory. Links in it are followed.</param>
internal sealed class PackedFiles(string directory)
{
    private readonly string? _real = ReadFileStream.IsSupported ? Native.RealPath(directory) : null;

    /// <summary>Opens a file below the directory.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>: it is a device, a socket or a named pipe;
    /// <see cref="OciErrorKind.UnsafePath"/>: it was replaced with a link.</exception>
    public Stream Open(FileInfo file)
    {
        try
        {
            return _real is null ? PhysicalFileSystem.Instance.OpenRead(file.FullName) : ReadFileStream.OpenWithoutLinks(_real + file.FullName.Substring(directory.Length));
        }
        catch (OciException e)
        {
            throw ArtifactErrors.ChangedWhilePacked(file.FullName, e);
        }
        catch (FileNotFoundException e) when (!Native.IsWindows && UnixStatus.TryGet(file.FullName, out var status) && status.IsSpecial)
        {
            throw ArtifactErrors.NotPackable(file.FullName, e);
        }
    }

    /// <summary>Returns the target of a symbolic link.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>: this framework cannot read links;
    /// <see cref="OciErrorKind.UnsafePath"/>: it is not a link any more.</exception>
    public static string ReadLink(FileSystemInfo link)
    {
        var target = Polyfill.LinkTarget(link) ?? throw (Polyfill.HasLinkTargets ? ArtifactErrors.ChangedWhilePacked(link.FullName) : ArtifactErrors.LinkNotReadable(link.FullName));
        return Native.IsWindows ? target.Replace('\\', '/') : target;
    }
}
