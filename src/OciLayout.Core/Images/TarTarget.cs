using System.IO;
using System.Threading;
using OciLayout.Archives;

namespace OciLayout.Images;

/// <summary>Writes the files of an image to one tar archive, with their owners and times. The image alone decides the bytes.</summary>
internal sealed class TarTarget(TarWriter writer, CancellationToken cancellationToken) : IImageTarget
{
    public void AddDirectory(string path, TarEntry entry) => Add(path.Length == 0 ? "./" : path + "/", '5', entry);

    public void AddFile(string path, TarEntry entry, Stream content) => Add(path, '0', entry, content: content);

    public void AddSymbolicLink(string path, TarEntry entry) => Add(path, '2', entry, entry.LinkTarget);

    public void AddHardLink(string path, TarEntry entry, string target) => Add(path, '1', entry, target);

    public void AddNode(string path, TarEntry entry) =>
        Add(path, entry.Kind switch { TarEntryKind.CharacterDevice => '3', TarEntryKind.BlockDevice => '4', _ => '6' }, entry);

    private void Add(string name, char type, TarEntry entry, string link = "", Stream? content = null) =>
        writer.Add(name, type, entry.Attributes, link, type is '3' or '4' ? entry.Device : default, content is null ? 0 : entry.Length, content, cancellationToken);
}
