using System;
using System.IO;
using System.Linq;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>Where a copy goes: a layout that is there, or one that is made when the first content comes.</summary>
internal sealed class CopyDestination
{
    private static readonly string[] ArchiveSuffixes = [".tar", ".tar.gz", ".tgz"];

    private readonly string _path;

    private CopyDestination(string path, OciStore? store)
    {
        _path = path;
        Store = store;
    }

    /// <summary>The store; null while there is none.</summary>
    public OciStore? Store { get; private set; }

    /// <summary>Finds what a path means; nothing is made yet.</summary>
    /// <param name="argument">What was given.</param>
    /// <param name="path">Its absolute path.</param>
    /// <param name="open">Opens what is there.</param>
    public static CopyDestination Find(StoreArgument argument, string path, Func<StoreArgument, OciStore> open)
    {
        if (argument.Store is not null || !IsNothing(path)) return new CopyDestination(path, open(argument));
        if (IsArchiveName(path))
        {
            throw new OciArgumentException(
                "InvalidDestination", $"'{path}' is the name of an archive, and content is copied to layouts.", "Use Export-OciStore to write an archive.");
        }

        return new CopyDestination(path, null);
    }

    /// <summary>The store, made now if there is none.</summary>
    public OciStore Make(CancellationToken cancellation) => Store ??= new OciStore(OciLayout.OciStore.Create(_path, cancellation: cancellation));

    /// <summary>The path.</summary>
    public override string ToString() => _path;

    private static bool IsNothing(string path) =>
        Directory.Exists(path) ? !Directory.EnumerateFileSystemEntries(path).Any() : !File.Exists(path);

    private static bool IsArchiveName(string path) =>
        ArchiveSuffixes.Any(suffix => path.EndsWith(suffix, StringComparison.OrdinalIgnoreCase));
}
