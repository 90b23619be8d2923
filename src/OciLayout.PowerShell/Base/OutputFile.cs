using System;
using System.IO;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>Writes a file whole or not at all: beside its place first, then by a rename.</summary>
internal static class OutputFile
{
    private const int BufferSize = 128 * 1024;

    /// <summary>Refuses what must not be replaced, before anything is read.</summary>
    public static void CheckTarget(string path, bool force)
    {
        if (Directory.Exists(path)) throw new OciArgumentException("InvalidPath", $"'{path}' is a directory.", "Write the name of a file.");
        if (!force && File.Exists(path)) throw Exists(path);
        if (!Directory.Exists(Path.GetDirectoryName(path))) throw new DirectoryNotFoundException($"There is no directory '{Path.GetDirectoryName(path)}' to write '{Path.GetFileName(path)}' in.");
    }

    /// <returns>How many bytes were written; meanwhile <paramref name="progress"/> is told.</returns>
    public static long Write(string path, Stream content, bool force, Action<long> progress, CancellationToken cancellation)
    {
        // A name of its own, so that two that write the same file do not meet.
        var temporary = Path.Combine(Path.GetDirectoryName(path)!, $".{Guid.NewGuid():N}.tmp");
        try
        {
            long written;
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1))
                written = Copy(content, file, progress, cancellation);
            if (force) Polyfill.MoveOver(temporary, path);
            else MoveNew(temporary, path);
            return written;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static void MoveNew(string temporary, string path)
    {
        try
        {
            File.Move(temporary, path);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw Exists(path);
        }
    }

    private static long Copy(Stream source, Stream target, Action<long> progress, CancellationToken cancellation)
    {
        var buffer = new byte[BufferSize];
        var copied = 0L;
        int read;
        while ((read = source.Read(buffer, 0, buffer.Length)) > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            target.Write(buffer, 0, read);
            progress(copied += read);
        }

        return copied;
    }

    private static OciException Exists(string path) => new(OciErrorKind.AlreadyExists, $"The file '{path}' exists already.", path);
}
