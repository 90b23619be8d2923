using System;

namespace OciLayout.Images;

/// <summary>How a layer is read.</summary>
internal sealed class LayerReading
{
    /// <summary>Called with the number of stored bytes after each read; null for none. It may be called on several threads.</summary>
    public Action<int>? Read { get; init; }

    /// <summary>Called with the number of bytes of the tar when they are decompressed, on another thread; null for none.</summary>
    public Action<int>? Unpacked { get; init; }

    /// <summary>
    /// Whether the tar is hashed and compared with the <c>diff_id</c> in the configuration. The stored bytes are verified in any case, so
    /// the content is what the manifest names. Hashing the tar takes a third of the time of its decompression.
    /// </summary>
    public bool IsTarVerified { get; init; } = true;
}
