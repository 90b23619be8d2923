using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Common;

namespace OciLayout;

/// <summary>The changes that a sync makes. <see cref="OciSync.RunAsync(SyncItem, IProgress{long}?, System.Threading.CancellationToken)"/> carries them out.</summary>
public sealed class SyncPlan
{
    internal SyncPlan(IReadOnlyList<SyncItem> items, IReadOnlyDictionary<string, Exception> failures, IReadOnlyList<string> empty, bool isPruneRefused)
    {
        Items = items;
        Failures = failures;
        Empty = empty;
        IsPruneRefused = isPruneRefused;
    }

    /// <summary>The tags, in the order of the sources. Tags to remove come last.</summary>
    public IReadOnlyList<SyncItem> Items { get; }

    /// <summary>The repositories whose tags cannot be listed, and the reasons.</summary>
    public IReadOnlyDictionary<string, Exception> Failures { get; }

    /// <summary>The sources of which no tag is selected.</summary>
    public IReadOnlyList<string> Empty { get; }

    /// <summary>Whether tags were to be removed, but a list of tags cannot be read or is empty.</summary>
    public bool IsPruneRefused { get; }

    /// <summary>The number of blobs and manifests to copy. A blob that several repositories of the destination need counts once.</summary>
    public int Count => Content.Count() + Lists.Count();

    /// <summary>
    /// The number of bytes to copy, at most: a registry can mount blobs that it has in another repository. A blob that several repositories
    /// of the destination need counts once, because it is mounted between them.
    /// </summary>
    public long Size => Content.Select(d => d.Size).Concat(Lists.Select(f => (long)f.Manifest.Bytes.Length)).Total();

    private IEnumerable<Descriptor> Content => Items.Where(i => i.Copy is not null)
        .SelectMany(i => i.Copy!.Items.Where(c => !c.IsStored).Select(c => (i.Destination, c.Descriptor)))
        .GroupBy(c => (MediaTypes.IsManifest(c.Descriptor.MediaType) ? c.Destination : "", c.Descriptor.Digest)).Select(g => g.First().Descriptor);

    private IEnumerable<Referrers.FallbackDocument> Lists => Items.Where(i => i.Copy is not null).SelectMany(i => i.Copy!.FallbackIndexes.Select(f => (i.Destination, List: f)))
        .GroupBy(f => (f.Destination, f.List.Tag)).Select(g => g.First().List);
}
