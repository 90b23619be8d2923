using System.IO;
#if !NETSTANDARD2_0
using System.Runtime.CompilerServices;
#endif
using OciLayout.Archives;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout.Images;

/// <summary>Decompresses layers. The first bytes decide the format, because media types of real layers are often wrong.</summary>
internal static class LayerCompression
{
    /// <summary>Returns the tar of a layer. The result owns the stream.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidArchive"/>: the format is not supported.</exception>
    public static Stream Decompress(Stream stored, Digest layer)
    {
        var start = ArchiveKind.ReadStart(stored, out var count);
        var whole = new PrefixedStream(start, count, stored);
        return ArchiveKind.CompressionOf(start, count) switch
        {
            null => whole,
            "gzip" => new GunzipStream(whole),
#if !NETSTANDARD2_0
            "zstd" => Zstd(whole),
#endif
            var other => throw ImageErrors.UnsupportedCompression(layer, other),
        };
    }

#if !NETSTANDARD2_0
    // A method of its own, because the runtime loads the assembly when it compiles the first method that uses it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ZstdLayer Zstd(Stream stored) => new ZstdLayer(stored);
#endif
}
