using System.IO;
using System.Linq;

namespace OciLayout.Tests.Transfer;

/// <summary>Copies by references, as the cmdlet does.</summary>
internal static class Copying
{
    public static CopyResult Run(OciStore source, OciStore destination, CopyOptions? options, params string[] references)
    {
        using var copy = new OciCopy(source, destination, options);
        return copy.Run(copy.Plan([.. references.Select(r => Root(source, r))]));
    }

    /// <summary>Returns the root that a reference resolves to, with the tag if the reference is one.</summary>
    public static CopyRoot Root(OciStore source, string reference) =>
        new(source.Resolve(reference), source.GetTags().Any(t => t.Tag == reference) ? [reference] : []);

    /// <summary>Returns the uploads that a copy left in <c>ingest/</c>.</summary>
    public static string[] Litter(string path) =>
        Directory.Exists(Path.Combine(path, "ingest")) ? Directory.GetFiles(Path.Combine(path, "ingest"), "*.upload") : [];
}
