using System;
using System.Collections.Generic;
using OciLayout.Common;

namespace OciLayout;

/// <summary>Options of a repair.</summary>
public sealed record RepairOptions
{
    /// <summary>
    /// Gets the stores from which corrupt and missing content is fetched, in this order. All fetched content is verified.
    /// </summary>
    public IReadOnlyList<OciStore> Sources { get; init => field = Guard.NotNull(value); } = Array.Empty<OciStore>();

    /// <summary>Gets whether to drop index entries that need missing content that no source has.</summary>
    public bool DropMissing { get; init; }

    /// <summary>Gets the options of the verification that finds the problems.</summary>
    public VerifyOptions Verify { get; init => field = Guard.NotNull(value); } = new();
}
