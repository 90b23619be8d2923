using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>Reads the content that the other side of a transfer already has: a store, or a file that lists it.</summary>
internal sealed class Exclusion(SessionState session, CancellationToken cancellationToken)
{
    /// <summary>
    /// Returns a function that looks up each digest in a store, or the digests of a list. The content below a listed digest counts as
    /// present.
    /// </summary>
    public (Func<Digest, bool>? Exactly, IReadOnlyCollection<Digest> Below) Read(StoreArgument argument)
    {
        if (argument.Store is { } store) return (store.Core.Exists, []);
        var path = argument.FullPath(session);
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
