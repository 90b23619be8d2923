using System;
using System.Collections.Generic;
using System.IO;
using System.Management.Automation;
using System.Threading;

namespace OciLayout.PowerShell;

/// <summary>What the other side of a transfer has already: a store, or a text file that lists digests.</summary>
internal sealed class Exclusion(SessionState session, CancellationToken cancellation)
{
    /// <summary>Asks a store blob by blob; of what a list names, all below it counts as known, too.</summary>
    public (Func<Digest, bool>? Exactly, IReadOnlyCollection<Digest> Below) Read(StoreArgument argument)
    {
        if (argument.Store is { } store) return (store.Core.Exists, []);
        var path = argument.FullPath(session);
        try
        {
            return (OciLayout.OciStore.Open(path, null, cancellation).Exists, []);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.InvalidLayout && File.Exists(path))
        {
            return (null, ReadList(path));
        }
    }

    private List<Digest> ReadList(string path)
    {
        var result = new List<Digest>();
        using var reader = new StreamReader(path);
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            var text = line.Trim();
            if (text.Length == 0 || text[0] == '#') continue;
            if (!Digest.TryParse(text, out var digest))
            {
                throw new OciArgumentException(
                    "InvalidList",
                    $"'{path}' is neither a store nor a list of digests: its line {number} is no digest.",
                    "Write one digest a line: (Get-OciTag ./layout).Digest > ./sent.txt makes such a file.");
            }

            result.Add(digest);
        }

        return result;
    }
}
