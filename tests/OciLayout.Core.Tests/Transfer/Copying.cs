using System.IO;
using System.Linq;

namespace OciLayout.Tests.Transfer;

/// <summary>Copies as a user would, by names.</summary>
internal static class Copying
{
    public static CopyResult Run(OciStore source, OciStore destination, CopyOptions? options, params string[] references)
    {
        using var copy = new OciCopy(source, destination, options);
        return copy.Run(copy.Plan([.. references.Select(r => Root(source, r))]));
    }

    /// <summary>What a reference names; a tag is kept.</summary>
    public static CopyRoot Root(OciStore source, string reference) =>
        new(source.Resolve(reference), source.Tags().Any(t => t.Tag == reference) ? [reference] : []);

    /// <summary>Uploads that a copy left in <c>ingest/</c>.</summary>
    public static string[] Litter(string path) =>
        Directory.Exists(Path.Combine(path, "ingest")) ? Directory.GetFiles(Path.Combine(path, "ingest"), "*.upload") : [];
}
