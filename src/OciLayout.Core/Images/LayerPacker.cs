using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Archives;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Model;

namespace OciLayout.Images;

/// <summary>
/// Packs a file or the content of a directory into the tar of a layer. Names are in ordinal order, so that names, modes, times, links and
/// content alone decide the bytes. Links keep their targets, because they are relative to the root of a container.
/// </summary>
internal sealed class LayerPacker
{
    private const int AllRights = 0xFFF; // 07777
    private const int ReadRights = 0x124; // 0444
    private const string WhiteoutPrefix = ".wh.";

    // A base has these directories, with modes of its own, and some of them are links. An entry in the layer would replace them.
    private static readonly HashSet<string> UsualDirectories = new(StringComparer.Ordinal)
    {
        "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "media", "mnt", "opt", "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var",
        "usr/bin", "usr/include", "usr/lib", "usr/lib32", "usr/lib64", "usr/libexec", "usr/local", "usr/sbin", "usr/share", "usr/src",
        "usr/local/bin", "usr/local/etc", "usr/local/include", "usr/local/lib", "usr/local/sbin", "usr/local/share",
        "var/cache", "var/lib", "var/local", "var/lock", "var/log", "var/mail", "var/opt", "var/run", "var/spool", "var/tmp",
    };

    private readonly LayerSource _source;
    private readonly DateTimeOffset? _time;
    private readonly TarWriter _writer;
    private readonly Action<int> _packed;
    private readonly CancellationToken _cancellation;

    /// <param name="source">The file or directory.</param>
    /// <param name="time">The time of all entries; null to keep the times of the files.</param>
    /// <param name="target">The stream that receives the tar.</param>
    /// <param name="packed">Called with the number of bytes of files after each block.</param>
    /// <param name="cancellationToken">The token that cancels packing.</param>
    public LayerPacker(LayerSource source, DateTimeOffset? time, Stream target, Action<int> packed, CancellationToken cancellationToken)
    {
        _source = source;
        _time = time;
        _writer = new TarWriter(target);
        _packed = packed;
        _cancellation = cancellationToken;
    }

    /// <summary>Returns the parts of a directory in an image.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>: the path has <c>..</c> or other parts that are not names.</exception>
    public static string[] PartsOf(string target)
    {
        var parts = target.Replace('\\', '/').Split('/').Where(p => p is not ("" or ".")).ToArray();
        foreach (var part in parts) CheckName(part, target);
        return parts;
    }

    /// <summary>Writes the tar.</summary>
    public void Pack()
    {
        var top = Directory.Exists(_source.Path) ? new DirectoryInfo(_source.Path) : (FileSystemInfo)new FileInfo(_source.Path);
        var parts = PartsOf(_source.Target);
        for (var count = 1; count <= parts.Length; count++) AddTarget(string.Join("/", parts, 0, count), top, isLast: count == parts.Length);
        var prefix = string.Join("/", parts);
        var stack = new Stack<(FileSystemInfo Item, string Name)>();
        var files = new PackedFiles(top.FullName);
        if (top is DirectoryInfo directory)
        {
            Push(stack, directory, prefix);
        }
        else
        {
            CheckName(top.Name, top.FullName);
            AddFile((FileInfo)top, Join(prefix, top.Name), files); // a link that the user names is followed
        }

        while (stack.Count > 0)
        {
            _cancellation.ThrowIfCancellationRequested();
            var (item, name) = stack.Pop();
            Add(item, name, files);
            if (item is DirectoryInfo inner && !Native.IsLink(item.FullName, item.Attributes)) Push(stack, inner, name);
        }

        _writer.Finish();
    }

    private static void Push(Stack<(FileSystemInfo Item, string Name)> stack, DirectoryInfo directory, string name)
    {
        foreach (var child in directory.EnumerateFileSystemInfos().OrderByDescending(c => c.Name, StringComparer.Ordinal)) stack.Push((child, Join(name, child.Name)));
    }

    private void AddTarget(string name, FileSystemInfo top, bool isLast)
    {
        if (_source.HasBase && UsualDirectories.Contains(name)) return;
        var (user, group) = isLast ? (_source.UserId, _source.GroupId) : (0, 0);
        AddEntry(name + "/", '5', new TarAttributes(name is "tmp" or "var/tmp" ? 0x3FF /* 01777 */ : TarWriter.DirectoryMode, user, group, TimeOf(top)));
    }

    private void Add(FileSystemInfo item, string name, PackedFiles files)
    {
        CheckName(item.Name, item.FullName);
        if (Native.IsLink(item.FullName, item.Attributes))
        {
            AddEntry(name, '2', AttributesOf(item, 0x1FF /* 0777 */), PackedFiles.ReadLink(item));
        }
        else if (item is DirectoryInfo)
        {
            AddEntry(name + "/", '5', AttributesOf(item, DirectoryMode(item)));
        }
        else
        {
            AddFile((FileInfo)item, name, files);
        }
    }

    private void AddFile(FileInfo file, string name, PackedFiles files)
    {
        using var content = files.Open(file);
        using var metered = new MeteredStream(content, _packed);
        try
        {
            LayerPath.Normalize(name, "the layer");
            _writer.Add(name, '0', AttributesOf(file, _source.Mode ?? ModeOf(file, TarWriter.FileMode)), "", default, content.Length, metered, _cancellation);
        }
        catch (EndOfStreamException e)
        {
            throw new IOException($"'{file.FullName}' became shorter while it was packed.", e);
        }
    }

    private void AddEntry(string name, char type, TarAttributes attributes, string link = "")
    {
        LayerPath.Normalize(name, "the layer"); // a layer that cannot be unpacked would be found only by its users
        _writer.Add(name, type, attributes, link, default, 0, null, _cancellation);
    }

    private TarAttributes AttributesOf(FileSystemInfo item, int mode) => new(mode, _source.UserId, _source.GroupId, TimeOf(item));

    private DateTimeOffset TimeOf(FileSystemInfo item) => _time ?? new DateTimeOffset(item.LastWriteTimeUtc);

    private int DirectoryMode(FileSystemInfo item) => _source.Mode is { } mode ? mode | ((mode & ReadRights) >> 2) : ModeOf(item, TarWriter.DirectoryMode);

    private static int ModeOf(FileSystemInfo item, int usual) => (Polyfill.GetUnixMode(item.FullName) ?? usual) & AllRights;

    private static string Join(string directory, string name) => directory.Length == 0 ? name : directory + "/" + name;

    private static void CheckName(string name, string path)
    {
        if (name == "..") throw ArtifactErrors.UnsafeName(path, "the layer", "it leads to the parent of a directory");
        if (name.StartsWith(WhiteoutPrefix, StringComparison.Ordinal)) throw ArtifactErrors.UnsafeName(path, "the layer", "a name that starts with '.wh.' removes a file in a layer");
        if (name.Any(c => c == '\0' || c == '\uFFFD')) throw ArtifactErrors.UnsafeName(path, "the layer", "it is not valid text");
    }
}
