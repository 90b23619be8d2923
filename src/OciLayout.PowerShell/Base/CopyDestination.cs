using System;
using System.IO;
using System.Linq;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>
/// The destination of a copy: a repository of a registry, an existing layout, or one that is created when the first content is copied.
/// </summary>
internal sealed class CopyDestination
{
    private static readonly string[] ArchiveSuffixes = [".tar", ".tar.gz", ".tgz"];

    private readonly string _path;

    private CopyDestination(string path, OciPlaceInfo? store)
    {
        _path = path;
        Store = store;
    }

    /// <summary>The store or repository; null while it does not exist.</summary>
    public OciPlaceInfo? Store { get; private set; }

    /// <summary>Determines the destination that a path names. Creates nothing.</summary>
    /// <param name="argument">The argument as it was given.</param>
    /// <param name="path">Its absolute path.</param>
    /// <param name="open">Opens an existing store.</param>
    /// <exception cref="OciArgumentException">The path does not exist and has the extension of an archive.</exception>
    public static CopyDestination Resolve(StoreArgument argument, string path, Func<StoreArgument, OciPlaceInfo> open)
    {
        if (argument.Store is not null || argument.Registry is not null || !IsAbsentOrEmpty(path)) return new CopyDestination(path, open(argument));
        if (IsArchiveName(path))
        {
            throw new OciArgumentException(
                "InvalidDestination", $"'{path}' is the name of an archive, and content is copied to layouts.", "Use Export-OciStore to write an archive.");
        }

        return new CopyDestination(path, null);
    }

    /// <summary>Returns the store, and creates it when it does not exist.</summary>
    public OciPlaceInfo GetOrCreate(CancellationToken cancellationToken) => Store ??= new OciStoreInfo(OciStore.Create(_path, cancellationToken: cancellationToken));

    /// <summary>Returns the path.</summary>
    public override string ToString() => _path;

    private static bool IsAbsentOrEmpty(string path) =>
        Directory.Exists(path) ? !Directory.EnumerateFileSystemEntries(path).Any() : !File.Exists(path);

    private static bool IsArchiveName(string path) =>
        ArchiveSuffixes.Any(suffix => path.EndsWith(suffix, StringComparison.OrdinalIgnoreCase));
}
