using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;
using OciLayout.Maintenance;

namespace OciLayout;

/// <summary>Compares the tags and the reachable content of two places: layouts or repositories.</summary>
public static class OciComparison
{
    /// <summary>
    /// Compares two places. Of a repository, all tags and manifests are read. If one of the places is a repository, lists of referrers under
    /// fallback tags are not compared, but their members are.
    /// </summary>
    /// <param name="reference">The place to compare with.</param>
    /// <param name="difference">The place to compare.</param>
    /// <param name="includeEqual">Whether to include content and tags that both places have.</param>
    /// <param name="cancellationToken">The token that cancels the comparison.</param>
    /// <exception cref="OciException">The errors of the registries.</exception>
    public static async Task<StoreComparison> CompareAsync(OciPlace reference, OciPlace difference, bool includeEqual = false, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(reference);
        Guard.NotNull(difference);
        if (reference is OciStore one && difference is OciStore other) return other.CompareWith(one, includeEqual, cancellationToken);
        var there = await ReadAsync(reference, cancellationToken).ConfigureAwait(false);
        var here = await ReadAsync(difference, cancellationToken).ConfigureAwait(false);
        return new StoreComparer(there, here, [.. ProblemsOf(there), .. ProblemsOf(here)], cancellationToken).Compare(includeEqual);
    }

    /// <summary>Compares a place with a content list of a place that is not accessible from here.</summary>
    /// <param name="reference">The list.</param>
    /// <param name="difference">The place to compare.</param>
    /// <param name="includeEqual">Whether to include content and tags that both have.</param>
    /// <param name="cancellationToken">The token that cancels the comparison.</param>
    /// <exception cref="OciException">The errors of the registry.</exception>
    public static async Task<StoreComparison> CompareAsync(ContentList reference, OciPlace difference, bool includeEqual = false, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(reference);
        if (Guard.NotNull(difference) is not OciRepository repository) return ((OciStore)difference).CompareWith(reference, includeEqual, cancellationToken);
        var here = await RepositoryInventory.ReadAsync(repository.Calls, repository.Content, cancellationToken).ConfigureAwait(false);
        return new StoreComparer(new ListInventory(reference, here.Below), here, [.. here.Problems], cancellationToken).Compare(includeEqual);
    }

    private static async Task<IContentInventory> ReadAsync(OciPlace place, CancellationToken cancellationToken) => place is OciRepository repository
        ? await RepositoryInventory.ReadAsync(repository.Calls, repository.Content, cancellationToken).ConfigureAwait(false)
        : ((OciStore)place).Side(withLists: false, cancellationToken);

    private static System.Collections.Generic.IEnumerable<OciException> ProblemsOf(IContentInventory side) =>
        side is RepositoryInventory repository ? repository.Problems : ((StoreInventory)side).Problems;
}
