using System.Collections.Generic;

namespace OciLayout;

/// <summary>The result of a comparison of two stores.</summary>
public sealed class StoreComparison
{
    internal StoreComparison(IReadOnlyList<StoreDifference> differences) => Differences = differences;

    /// <summary>
    /// Gets the differences: those only in the reference, those only in the other store, then those in both. Each group has the tags first,
    /// in ordinal order, then the content, largest first.
    /// </summary>
    public IReadOnlyList<StoreDifference> Differences { get; }

    /// <summary>Gets the amount to transfer from the reference to the other store.</summary>
    public StoreDifferenceTotal Reference { get; internal init; } = new(DifferenceSide.Reference);

    /// <summary>Gets the amount to transfer from the other store to the reference.</summary>
    public StoreDifferenceTotal Difference { get; internal init; } = new(DifferenceSide.Difference);

    /// <summary>Gets the manifests that could not be read. Content that only they reference is not in any total.</summary>
    public IReadOnlyList<OciException> Problems { get; internal init; } = [];
}
