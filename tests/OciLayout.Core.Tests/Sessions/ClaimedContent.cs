using System.Collections.Generic;
using System.IO;
using OciLayout.Files;
using OciLayout.Sessions;

namespace OciLayout.Tests.Sessions;

/// <summary>Reads the claims of all sessions of a layout.</summary>
internal static class ClaimedContent
{
    /// <summary>Returns the digests of the content that any session claims.</summary>
    /// <param name="ingest">The directory <c>ingest/</c> of the layout.</param>
    public static IReadOnlySet<Digest> In(string ingest)
    {
        var result = new HashSet<Digest>();
        foreach (var path in Directory.EnumerateFiles(ingest, "*.claims"))
        {
            using var file = PhysicalFileSystem.Instance.OpenRead(path);
            result.UnionWith(ClaimsFile.Read(file).Keys);
        }

        return result;
    }
}
