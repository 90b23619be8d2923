using System;
using System.Collections.Generic;

namespace OciLayout;

/// <summary>How a layout is repaired.</summary>
public sealed record RepairOptions
{
    /// <summary>Stores from which corrupt and missing content is fetched, in this order; every byte is verified.</summary>
    public IReadOnlyList<OciStore> Sources { get; init; } = Array.Empty<OciStore>();

    /// <summary>Whether entries of the index go when content that they need is gone and no source has it.</summary>
    public bool DropMissing { get; init; }

    /// <summary>Options of the verification that finds what there is to repair.</summary>
    public VerifyOptions Verify { get; init; } = new();
}

/// <summary>What a repair would do.</summary>
public sealed class RepairPlan
{
    internal RepairPlan(string path, RepairOptions options, IReadOnlyList<Finding> findings)
    {
        Path = path;
        Options = options;
        Findings = findings;
    }

    /// <summary>The layout.</summary>
    public string Path { get; }

    /// <summary>What is mended, each with its remedy.</summary>
    public IReadOnlyList<Finding> Findings { get; }

    internal RepairOptions Options { get; }
}
