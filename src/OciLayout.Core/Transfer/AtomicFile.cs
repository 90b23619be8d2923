using System;
using System.IO;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Model;

namespace OciLayout.Transfer;

/// <summary>
/// Writes a file outside of the store completely or not at all: first to a temporary file next to the target, then by a rename.
/// </summary>
internal static class AtomicFile
{
    /// <param name="files">The file system.</param>
    /// <param name="path">The file.</param>
    /// <param name="replace">Whether an existing file is replaced.</param>
    /// <param name="flush">Whether the file is flushed.</param>
    /// <param name="write">The function that writes the content.</param>
    /// <param name="source">The store that the content comes from; null for another source. Its archive must not be replaced.</param>
    public static void Write(IFileSystem files, string path, bool replace, bool flush, Action<Stream> write, string? source = null)
    {
        // Paths of users may contain links. Resolve them once.
        if (Native.RealPath(Path.GetDirectoryName(path)!) is { } directory) path = Path.Combine(directory, Path.GetFileName(path));
        source = source is null ? null : Native.RealPath(source) ?? source;
        CheckTarget(files, path, replace, source);
        using (var partial = PartialFile.For(files, path))
        {
            try
            {
                Fill(files, partial.Path, flush, write);
                if (flush) files.Flush(partial.Path);
                CheckTarget(files, path, replace, source); // another process may have created it in the meantime
                if (replace) files.Replace(partial.Path, path);
                else if (!files.TryMove(partial.Path, path)) throw Errors.FileExists(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException && e.Message.Contains(partial.Path))
            {
                throw SystemError.WithMessage(e, e.Message.Replace(partial.Path, path)); // the temporary name means nothing to the user
            }
        }

        if (flush) files.Flush(Path.GetDirectoryName(path)!);
    }

    private static void CheckTarget(IFileReader files, string path, bool replace, string? source)
    {
        var there = files.Stat(path);
        if (there is { Kind: FileKind.Directory }) throw new IOException($"'{path}' is a directory, not a file.");
        LayoutFiles.RefuseOwnFile(files, path);
        if (path == source) throw Errors.OutputInLayout(path, Path.GetFileName(path), path);
        if (!Native.IsWindows && UnixStatus.TryGet(path, out var status) && status.IsSpecial) throw Errors.OutputNotAFile(path);
        if (there is not null && !replace) throw Errors.FileExists(path);
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
            // .NET throws ArgumentOutOfRangeException for EFBIG, for example above 4 GiB on FAT.
            throw new IOException("The file system does not take a file as large as this.", e);
        }
    }
}
