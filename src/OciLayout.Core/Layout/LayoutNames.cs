using OciLayout.Model;

namespace OciLayout.Layout;

/// <summary>The names of the files that belong to a layout.</summary>
internal static class LayoutNames
{
    public const string Layout = "oci-layout";
    public const string Index = "index.json";
    public const string Blobs = "blobs";
    public const string Ingest = "ingest";

    /// <summary>The directory in <c>ingest/</c> of downloads that were interrupted.</summary>
    private const string Partial = "partial";

    /// <summary>The list of images that <c>docker save</c> writes, beside or instead of an index.</summary>
    public const string DockerManifest = "manifest.json";

    /// <summary>The list of tags that old versions of <c>docker save</c> write.</summary>
    public const string DockerRepositories = "repositories";

    /// <summary>The directory to which a repair moves corrupt files. OciLayout never deletes files there.</summary>
    public const string QuarantineDirectory = "quarantine";

    /// <summary>The names in the root directory of a layout that other files must not use.</summary>
    public static readonly string[] All = [Layout, Index, Blobs, Ingest, QuarantineDirectory];

    /// <summary>
    /// Returns the name of a blob. The grammar of digests excludes separators and "..", so the name stays below <c>blobs/</c>.
    /// </summary>
    public static string Blob(Digest digest) => $"{Blobs}/{digest.Algorithm}/{digest.Encoded}";

    public static string Directory(DigestAlgorithm algorithm) => Blobs + "/" + algorithm.Name();

    /// <summary>Returns the directory of interrupted downloads.</summary>
    public static string PartialIn(string ingest) => ingest + System.IO.Path.DirectorySeparatorChar + Partial;
}
