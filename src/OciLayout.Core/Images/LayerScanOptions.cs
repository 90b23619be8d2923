using System;

namespace OciLayout.Images;

/// <summary>The files and the content that the scan of a layer keeps.</summary>
internal sealed class LayerScanOptions
{
    /// <summary>How the layer is read for the first time.</summary>
    public LayerReading Reading { get; init; } = new();

    /// <summary>Returns whether a path is selected; null for all. It is called on the thread that scans.</summary>
    public Func<string, bool>? Filter { get; init; }

    /// <summary>Returns whether the content of a file with a path and a length is hashed; null for none. It is called on the thread that scans.</summary>
    public Func<string, long, bool>? IsHashed { get; init; }

    /// <summary>The factor by which more files are kept in memory than usual.</summary>
    public long LimitFactor { get; init; } = 1;

    /// <summary>The path of a regular file whose content is kept if it is small; null for none.</summary>
    public string? Kept { get; init; }
}
