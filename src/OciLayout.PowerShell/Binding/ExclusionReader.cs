using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>Reads the content that the receiver of an archive already has: a store, or a file that lists it.</summary>
internal static class ExclusionReader
{
    /// <summary>
    /// Returns a function that looks up each digest in a store, or the digests of a list. The content below a listed digest counts as
    /// present.
    /// </summary>
    public static (Func<Digest, bool>? Exclude, IReadOnlyCollection<Digest> ExcludeBelow) Read(
        StoreArgument argument, OciCmdlet cmdlet, SessionState session, CancellationToken cancellationToken)
    {
        if (argument.Store is OciStoreInfo store) return (store.Core.Exists, []);
        var path = argument.FullPath(session);
        if (argument.Registry is not null) throw RegistryRefusal.For(cmdlet, path);
        try
        {
            return (OciStore.Open(path, null, cancellationToken).Exists, []);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.InvalidLayout && File.Exists(path))
        {
            return (null, [.. ContentListFile.Read(path).Notes.Select(n => n.Digest)]);
        }
    }
}
