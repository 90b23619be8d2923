using System;
using System.Linq;
using System.Text;
using OciLayout.Model;

namespace OciLayout.Images;

/// <summary>Reads the names of entries of layers. Absolute names are relative to the root of the image, as container engines read them.</summary>
internal static class LayerPath
{
    private const string WhiteoutPrefix = ".wh.";
    private const string OpaqueName = ".wh..wh..opq";
    private const string MetadataPrefix = ".wh..wh.";

    /// <summary>The longest path, in bytes of UTF-8.</summary>
    public const int LongestPath = 4096;

    /// <summary>The largest number of parts of a path. Each part costs memory and a hash, so a small layer of very deep paths would take gigabytes.</summary>
    private const int MostParts = 256;

    /// <summary>Returns a path without slashes at its start and end, and without parts that are a single dot.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>: the path contains <c>..</c>, is too long or too deep, or is not a path.</exception>
    public static string Normalize(string name, string where)
    {
        var problem = name.Contains('\0') ? "it has a zero byte"
            : IsTooLong(name) ? $"it has more than {LongestPath} bytes"
            : null;
        var plain = name.Length > 1 && name[name.Length - 1] == '/' ? name.Substring(0, name.Length - 1) : name; // a directory
        var isPlain = plain.Length > 0 && plain[0] != '/' && plain[0] != '.' && !plain.Contains("//") && !plain.Contains("/.") && plain[plain.Length - 1] != '/' && plain.Length < MostParts * 2;
        if (problem is null && isPlain) return plain;
        var parts = name.Split(['/'], StringSplitOptions.RemoveEmptyEntries).Where(p => p != ".").ToArray();
        if (Array.IndexOf(parts, "..") >= 0) problem ??= "it contains '..'";
        if (parts.Length > MostParts) problem ??= $"it has more than {MostParts} parts";
        return problem is null ? string.Join("/", parts) : throw ArtifactErrors.UnsafeName(name, where, problem);
    }

    /// <summary>Refuses a target of a link that no system can have. Other targets stay as they are.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>.</exception>
    public static void CheckTarget(string name, string target, string where)
    {
        if (target.Length == 0) return;
        var problem = target.Contains('\0') ? "the target of the link has a zero byte"
            : IsTooLong(target) ? $"the target of the link has more than {LongestPath} bytes"
            : null;
        if (problem is not null) throw ArtifactErrors.UnsafeName(name, where, problem);
    }

    // A character has at most three bytes.
    private static bool IsTooLong(string path) => path.Length > LongestPath / 3 && (path.Length > LongestPath || Encoding.UTF8.GetByteCount(path) > LongestPath);

    /// <summary>Reads a whiteout.</summary>
    /// <param name="path">The normal path of the entry.</param>
    /// <param name="where">The place of the path, for messages.</param>
    /// <returns>The path that is hidden and the effect; null for internal files of the storage driver AUFS, which are not part of an image.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsafePath"/>: the whiteout does not name a file.</exception>
    public static (string Path, LayerWhiteout Effect)? ReadWhiteout(string path, string where)
    {
        if (path.IndexOf(WhiteoutPrefix, StringComparison.Ordinal) < 0) return (path, LayerWhiteout.None);
        var slash = path.LastIndexOf('/');
        var name = path.Substring(slash + 1);
        var parent = slash < 0 ? "" : path.Substring(0, slash);
        if (name == OpaqueName) return (parent, LayerWhiteout.Opaque);
        if (path.StartsWith(MetadataPrefix, StringComparison.Ordinal) || path.Contains("/" + MetadataPrefix)) return null;
        if (!name.StartsWith(WhiteoutPrefix, StringComparison.Ordinal)) return (path, LayerWhiteout.None);
        var hidden = name.Substring(WhiteoutPrefix.Length);
        if (hidden is "" or "." or "..") throw ArtifactErrors.UnsafeName(path, where, "it is a whiteout that does not name a file");
        return (slash < 0 ? hidden : parent + "/" + hidden, LayerWhiteout.Path);
    }
}
