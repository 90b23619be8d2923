using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;
using OciLayout.Model;
using OciLayout.Registry;
using OciLayout.Store;

namespace OciLayout.Transfer;

/// <summary>
/// Asks in parallel, level by level, what the walk of a plan asks one after another: manifests of the source, and the content that the
/// destination has. The source and the destination keep the answers, so the walk sends no further requests.
/// </summary>
internal sealed class ReadAhead(IContentSource source, ICopyTarget? target, CopyOptions options)
{
    private readonly HashSet<NodeKey> _seen = [];

    // Disks are not slow enough to be asked in advance.
    private bool IsNeeded => source.Requests > 0 || target?.Content.Requests > 0;

    public async Task RunAsync(IEnumerable<Descriptor> roots, CancellationToken cancellationToken)
    {
        if (!IsNeeded) return;
        var level = Select(roots.Select(r => (DescriptorRole.Root, r)));
        while (level.Count > 0)
        {
            var found = new IEnumerable<(DescriptorRole, Descriptor)>[level.Count];
            await AsyncLoop.ForAsync(level.Count, RepositoryCalls.Lookups, async (i, stop) => found[i] = await ReadAsync(level[i].Descriptor, level[i].Role, stop).ConfigureAwait(false), cancellationToken)
                .ConfigureAwait(false);
            level = Select(found.SelectMany(f => f));
        }
    }

    private List<(DescriptorRole Role, Descriptor Descriptor)> Select(IEnumerable<(DescriptorRole Role, Descriptor Descriptor)> content) =>
    [
        .. content.Where(c => c.Descriptor.Digest.IsVerifiable && (options.IncludeForeign || c.Role != DescriptorRole.Layer || !c.Descriptor.IsForeignLayer))
            .Where(c => _seen.Add(NodeKey.Of(c.Descriptor, c.Role))),
    ];

    private async Task<IEnumerable<(DescriptorRole Role, Descriptor Target)>> ReadAsync(Descriptor descriptor, DescriptorRole role, CancellationToken cancellationToken)
    {
        if (target is not null && await target.EntryOfAsync(descriptor, role, cancellationToken).ConfigureAwait(false) is not null) return [];
        if (!MediaTypes.IsManifest(descriptor.MediaType) || !await source.ContainsAsync(descriptor, role, cancellationToken).ConfigureAwait(false)) return [];
        return (await source.GetManifestAsync(descriptor, cancellationToken).ConfigureAwait(false)).Successors;
    }
}
