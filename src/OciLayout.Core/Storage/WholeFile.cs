using System;
using System.IO;

namespace OciLayout.Storage;

/// <summary>Writes a file that leaves the store whole or not at all: beside its place first, then by a rename.</summary>
internal static class WholeFile
{
    public static void Write(IFileSystem files, string path, bool replace, bool flush, Action<Stream> write)
    {
        // Users may have links in their paths. They are followed once, here.
        if (Native.RealPath(Path.GetDirectoryName(path)!) is { } directory) path = Path.Combine(directory, Path.GetFileName(path));
        CheckTarget(files, path, replace);
        using (var partial = PartialFile.For(files, path))
        {
            Fill(files, partial.Path, flush, write);
            if (flush) files.Flush(partial.Path);
            CheckTarget(files, path, replace); // another process may have created it meanwhile
            if (replace) files.Replace(partial.Path, path);
            else if (!files.TryMove(partial.Path, path)) throw Exists(path);
        }

        if (flush) files.Flush(Path.GetDirectoryName(path)!);
    }

    private static void CheckTarget(IFileSystem files, string path, bool replace)
    {
        var there = files.Stat(path);
        if (there is { Kind: FileKind.Directory }) throw new IOException($"'{path}' is a directory, not a file.");
        LayoutFiles.RefuseOwnFile(files, path);
        if (there is not null && !replace) throw Exists(path);
    }

    private static void Fill(IFileSystem files, string path, bool flush, Action<Stream> write)
    {
        try
        {
            using var file = files.Create(path, FilePurpose.Output);
            var flushed = flush ? EarlyFlushStream.Over(file, files, path) : null;
            write(flushed ?? file);
            flushed?.Flush();
        }
        catch (ArgumentOutOfRangeException e)
        {
            // The framework takes EFBIG (4 GiB on FAT, say) for a mistake of the caller's.
            throw new IOException("The file system does not take a file as large as this.", e);
        }
    }

    private static OciException Exists(string path) => new(OciErrorKind.AlreadyExists, $"The file '{path}' exists already.", path);
}
