using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using OciLayout.Files;
using OciLayout.Layout;

namespace OciLayout.Blobs;

/// <summary>
/// The files in <c>ingest/partial/</c> that hold the beginning of a blob, and the lock of the process that downloads it. Each process adds
/// one file, <c>algorithm-hex.number</c>; the content is all of them in the order of their numbers. They remain when a process is killed.
/// </summary>
internal sealed class PartialBlob : IDisposable
{
    public const string LockSuffix = ".lock";

    private readonly IFileSystem _files;
    private readonly string _directory;
    private readonly string _name;
    private readonly IDisposable _lock;

    private PartialBlob(IFileSystem files, string directory, string name, IDisposable taken) => (_files, _directory, _name, _lock) = (files, directory, name, taken);

    /// <summary>The paths of the files, in the order of the content.</summary>
    public IReadOnlyList<string> Parts { get; private set; } = [];

    /// <summary>Opens the partial content of a blob. Returns null if another process downloads the blob, or if files cannot be locked here.</summary>
    public static PartialBlob? TryOpen(IFileSystem files, string ingest, Digest digest)
    {
        var directory = LayoutNames.PartialIn(ingest);
        var name = NameOf(digest);
        try
        {
            FileChecks.RequireDirectory(files, directory);
            files.CreateDirectory(directory);
            if (files.TryLock(PathOf(directory, name + LockSuffix), exclusive: true) is not { } taken) return null;
            var partial = new PartialBlob(files, directory, name, taken);
            partial.Parts = [.. Find(files, directory, name).Select(p => PathOf(directory, p.Name))];
            foreach (var part in partial.Parts) files.Touch(part);
            return partial;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Returns the number of bytes that are present of a blob.</summary>
    public static long SizeOf(IFileReader files, string ingest, Digest digest) => Find(files, LayoutNames.PartialIn(ingest), NameOf(digest)).Sum(p => p.Length);

    /// <summary>Adds a file.</summary>
    public Stream Add(out string path)
    {
        var number = Parts.Count == 0 ? 0 : NumberOf(Path.GetFileName(Parts[Parts.Count - 1]), _name)!.Value + 1;
        path = PathOf(_directory, _name + "." + number.ToString(CultureInfo.InvariantCulture));
        var file = _files.Create(path, FilePurpose.ReadOnly);
        Parts = [.. Parts, path];
        return file;
    }

    /// <summary>Deletes the files.</summary>
    public void Clear()
    {
        foreach (var part in Parts) _files.Delete(part);
        Parts = [];
    }

    /// <summary>Releases the lock. Files that were not published remain for the next download.</summary>
    public void Dispose()
    {
        try
        {
            _files.Delete(PathOf(_directory, _name + LockSuffix)); // before releasing it; afterwards it may belong to another process
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OciException)
        {
            // Garbage collection deletes the file later.
        }

        _lock.Dispose();
    }

    private static IEnumerable<FileStatus> Find(IFileReader files, string directory, string name) =>
        files.List(directory).Where(f => f.Kind == FileKind.File && NumberOf(f.Name, name) is not null).OrderBy(f => NumberOf(f.Name, name));

    private static int? NumberOf(string file, string name) =>
        file.Length > name.Length + 1 && file.StartsWith(name, StringComparison.Ordinal) && file[name.Length] == '.'
        && int.TryParse(file.Substring(name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string NameOf(Digest digest) => digest.Algorithm + "-" + digest.Encoded;

    private static string PathOf(string directory, string name) => directory + Path.DirectorySeparatorChar + name;
}
