using System.Collections.Generic;

namespace OciLayout;

/// <summary>The result of a copy.</summary>
public sealed class CopyResult
{
    /// <summary>The number of blobs and manifests that were copied.</summary>
    public int CopiedCount { get; internal init; }

    /// <summary>The number of bytes that were copied.</summary>
    public long CopiedSize { get; internal init; }

    /// <summary>The roots that the destination has now, in the order of the plan.</summary>
    public IReadOnlyList<Descriptor> Roots { get; internal init; } = [];
}
