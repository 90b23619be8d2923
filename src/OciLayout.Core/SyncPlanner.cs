using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Artifacts;
using OciLayout.Common;
using OciLayout.Model;
using OciLayout.Referrers;
using OciLayout.Registry;
using OciLayout.Store;
using OciLayout.Transfer;

namespace OciLayout;

/// <summary>
/// Plans a sync: lists the tags of the sources, selects some, resolves them in parallel, and plans the copy of each tag that is not at the
/// destination.
/// </summary>
internal sealed class SyncPlanner(SyncDestination destination, SyncOptions options, CancellationToken cancellation)
{
    private const int Listings = 4;

    private readonly Dictionary<(string Path, string Prefix), SyncGroup> _groups = [];
    private readonly Dictionary<string, Exception> _failures = new(StringComparer.Ordinal);
    private readonly List<string> _empty = [];
    private readonly List<SyncItem> _failed = [];
    private bool _isIncomplete;

    /// <summary>The repositories with their destinations.</summary>
    public IEnumerable<SyncGroup> Groups => _groups.Values;

    /// <summary>Makes the plan.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.AmbiguousReference"/>: two sources have the same destination.</exception>
    public async Task<SyncPlan> PlanAsync(IReadOnlyList<SyncSource> sources)
    {
        var lists = new IReadOnlyList<string>?[sources.Count];
        var problems = new Exception?[sources.Count];
        await AsyncLoop.ForAsync(sources.Count, Listings, ListAsync, cancellation).ConfigureAwait(false);
        for (var i = 0; i < sources.Count; i++) Add(sources[i], lists[i], problems[i]);

        foreach (var group in _groups.Values.Where(g => g.Selected.Count > 0)) group.Begin(cancellation);
        var work = _groups.Values.SelectMany(g => g.Selected.Select(s => (Group: g, Tag: s.Key))).ToList();
        var items = new SyncItem[work.Count];
        // A host that asks to wait does not delay the tags of other hosts.
        var hosts = work.Select((w, i) => (w.Group, Index: i)).GroupBy(w => HostOf(w.Group.Source), w => w.Index).Select(g => g.ToList());
        await Task.WhenAll(hosts.Select(host => AsyncLoop.ForAsync(
            host.Count, RepositoryCalls.Lookups, async (i, stop) => items[host[i]] = await PlanAsync(work[host[i]].Group, work[host[i]].Tag, stop).ConfigureAwait(false), cancellation))).ConfigureAwait(false);

        var isRefused = options.Prune && _isIncomplete && !options.Force;
        var removed = options.Prune && !isRefused ? await PlanRemovalsAsync().ConfigureAwait(false) : [];
        return new SyncPlan([.. _failed, .. items, .. removed], _failures, _empty, isRefused);

        async Task ListAsync(int i, CancellationToken stop)
        {
            if (sources[i].Place is not OciRepository repository || sources[i].Tag is not null) return;
            try
            {
                lists[i] = await repository.GetTagsAsync(null, stop).ConfigureAwait(false);
            }
            catch (Exception e) when (IsProblem(e))
            {
                problems[i] = e;
            }
        }
    }

    /// <summary>Returns whether an error concerns one source or tag, so that the others can go on.</summary>
    public static bool IsProblem(Exception exception) => exception is OciException or IOException or UnauthorizedAccessException;

    private static string HostOf(OciPlace place) => place is OciRepository repository ? repository.Reference.Authority : place.Path;

    private void Add(SyncSource source, IReadOnlyList<string>? list, Exception? problem)
    {
        if (source.Place is OciStore store)
        {
            AddLayout(source, store);
            return;
        }

        var repository = (OciRepository)source.Place;
        var group = GroupFor(source.Place, repository.Reference, out var unnamed);
        if ((problem ?? unnamed) is { } failure)
        {
            Fail(source.Place.Path, failure);
            // With Force, all tags of a repository that was deleted are removed.
            if (failure is OciException { Kind: OciErrorKind.NotFound } && source.Tag is null) group?.Filters.Add(source.Filter ?? All);
        }
        else
        {
            Select(source, group!, (list ?? [source.Tag!]).ToDictionary(t => t, t => (t, (Descriptor?)null, (Exception?)null)));
        }
    }

    // The tags of a layout are whole names, which belong to several repositories.
    private void AddLayout(SyncSource source, OciStore store)
    {
        var named = store.GetTags().Where(l => source.Tag is null || l.Tag == source.Tag).Select(l => (Listing: l, Name: SyncNames.TryParse(l.Tag!))).ToList();
        if (named.Count == 0 && source.Tag is { } only) Fail(only, ReferenceErrors.TagNotFound(only, store.Path, store.GetTags().Select(l => l.Tag!)));
        else if (named.Count == 0) NoteEmpty(store.Path);
        foreach (var repository in named.GroupBy(n => n.Name?.Repository))
        {
            if (GroupFor(store, repository.Key, out var problem) is { } group) Select(source, group, TagsOf(store, repository, group));
            else _failed.AddRange(repository.Where(n => problem is not null || !SyncNames.IsDigestTag(n.Listing.Tag!)).Select(n => Unnamed(store, n.Listing, problem)));
        }
    }

    // A layout can have one name in a short and in a long form.
    private static Dictionary<string, (string Name, Descriptor? Target, Exception? Problem)> TagsOf(
        OciStore store, IEnumerable<(IndexListing Listing, (RegistryReference Repository, string Tag)? Name)> named, SyncGroup group)
    {
        var tags = new Dictionary<string, (string Name, Descriptor? Target, Exception? Problem)>(StringComparer.Ordinal);
        foreach (var (listing, name) in named)
        {
            var tag = name?.Tag ?? listing.Tag!;
            if (tags.TryGetValue(tag, out var other) && other.Target?.Digest != listing.Digest)
                throw ReferenceErrors.SameDestination($"'{other.Name}' of {store.Path}", $"'{listing.Tag}'", $"{group.Path} as {group.Prefix}{tag}");
            tags[tag] = (listing.Tag!, listing.Descriptor, listing.Problem);
        }

        return tags;
    }

    private SyncItem Unnamed(OciStore store, IndexListing listing, OciException? problem) => new(store.Path, destination.Path, listing.Tag!)
    {
        Digest = listing.Digest,
        Action = SyncAction.Failed,
        Error = problem ?? ReferenceErrors.NoRepositoryName(listing.Tag!, destination.Path),
    };

    private void Fail(string source, Exception problem)
    {
        _failures[source] = problem;
        _isIncomplete = true;
    }

    private void NoteEmpty(string source)
    {
        _empty.Add(source);
        _isIncomplete = true;
    }

    // Returns null if the name cannot be a repository of the destination.
    private SyncGroup? GroupFor(OciPlace source, RegistryReference? repository, out OciException? problem)
    {
        problem = null;
        (OciPlace? Place, string Path, string Prefix)? mapped;
        try
        {
            mapped = destination.Map(repository, options.KeepHost);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.InvalidReference)
        {
            problem = e;
            return null;
        }

        if (mapped is not var (place, path, prefix)) return null;
        if (!_groups.TryGetValue((path, prefix), out var group)) _groups.Add((path, prefix), group = new SyncGroup(source, repository, place, path, prefix, options));
        if (IsSame(group.Source, source) && Equals(group.Repository, repository)) return group;
        throw ReferenceErrors.SameDestination(NameOf(group.Source, group.Repository), NameOf(source, repository), prefix.Length == 0 ? path : $"{path} as {prefix.TrimEnd(':')}");
    }

    private static bool IsSame(OciPlace a, OciPlace b) => a is OciStore x && b is OciStore y ? x.IsSameLayout(y) : a.Path == b.Path;

    private static string NameOf(OciPlace source, RegistryReference? repository) => source is OciStore && repository is not null ? $"{SyncNames.InLayout(repository)} of {source.Path}" : source.Path;

    // Registries keep lists of referrers under fallback tags, and a copy keeps them itself. A signature has no platform.
    private void Select(SyncSource source, SyncGroup group, Dictionary<string, (string Name, Descriptor? Target, Exception? Problem)> tags)
    {
        group.Listed.UnionWith(tags.Keys);
        group.IsListed |= source.Tag is null;
        var chosen = tags.Keys.Where(t => source.Tag is not null || !(FallbackTag.Is(t) || (options.Platform is not null && SyncNames.IsDigestTag(t)))).ToList();
        if (source.Tag is null)
        {
            if (tags.Count == 0) _isIncomplete = true;
            chosen.RemoveAll(t => source.Filter?.Invoke(t) == false);
            if (source.Latest is { } count) chosen = [.. TagVersion.Latest(chosen, count)];
            if (chosen.Count == 0) _empty.Add(NameOf(group.Source, group.Repository));
            group.Filters.Add(source.Filter ?? All);
        }

        foreach (var tag in chosen) group.Selected[tag] = tags[tag];
    }

    private static bool All(string tag) => true;

    private async Task<SyncItem> PlanAsync(SyncGroup group, string tag, CancellationToken stop)
    {
        var (name, target, problem) = group.Selected[tag];
        var written = group.Prefix + tag;
        var digest = target?.Digest ?? default;
        var previous = default(Digest);
        try
        {
            if (problem is not null) throw problem;
            if (group.Source is OciRepository repository) target = await repository.ResolveAsync(name, stop).ConfigureAwait(false);
            if (options.Platform is { } platform) target = await SelectAsync(group.Source.Content, target!, platform, stop).ConfigureAwait(false);
            digest = target!.Digest;
            previous = await group.FindAsync(written, target, stop).ConfigureAwait(false);
            if (!previous.IsEmpty && options.KeepExisting) return Item(digest == previous ? SyncAction.Same : SyncAction.Kept);
            // A registry has all content below a manifest that it has.
            if (digest == previous && group.Destination is OciRepository && !options.IncludeReferrers && !options.IsFull) return Item(SyncAction.Same);
            var copy = await group.PlanAsync(written == name ? new CopyRoot(target, written) : CopyRoot.Renamed(target, written), stop).ConfigureAwait(false);
            return digest == previous && copy.Count == 0 ? Item(SyncAction.Same) : Item(previous.IsEmpty || digest == previous ? SyncAction.Added : SyncAction.Moved, copy);
        }
        catch (Exception e) when (IsProblem(e))
        {
            return Item(SyncAction.Failed, error: e);
        }

        SyncItem Item(SyncAction action, CopyPlan? copy = null, Exception? error = null) => new(group.Source.Path, group.Path, written)
        {
            Digest = digest,
            PreviousDigest = previous,
            Action = action,
            Copy = copy,
            Error = error,
            Group = group,
        };
    }

    // Some registries state a wrong length for a tag.
    private static async Task<Descriptor> SelectAsync(IContentSource source, Descriptor root, Platform platform, CancellationToken stop)
    {
        if (source is RepositoryContent repository && MediaTypes.IsManifest(root.MediaType)) root = await repository.CorrectSizeAsync(root, stop).ConfigureAwait(false);
        return await new PlatformFinder(source).SelectAsync(root, platform, stop).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<SyncItem>> PlanRemovalsAsync()
    {
        var removed = new List<SyncItem>();
        foreach (var group in _groups.Values.Where(g => g.Filters.Count > 0 && g.Destination is not null))
        {
            var tags = (await ListAsync(group).ConfigureAwait(false)).Where(t => !group.Listed.Contains(t) && !SyncNames.IsDigestTag(t) && group.Filters.Exists(f => f(t))).ToList();
            var items = new SyncItem[tags.Count];
            await AsyncLoop.ForAsync(tags.Count, RepositoryCalls.Lookups, async (i, stop) => items[i] = await PlanRemovalAsync(group, group.Prefix + tags[i], stop).ConfigureAwait(false), cancellation).ConfigureAwait(false);
            removed.AddRange(items);
        }

        return removed;
    }

    // Returns the tags of the destination that belong to a repository, without the prefix.
    private async Task<IReadOnlyList<string>> ListAsync(SyncGroup group)
    {
        if (group.Destination is OciStore store)
        {
            var tags = store.GetTags().Select(l => l.Tag!);
            return group.Prefix.Length == 0
                ? [.. tags.Where(t => SyncNames.TryParse(t) is null)]
                : [.. tags.Where(t => t.StartsWith(group.Prefix, StringComparison.Ordinal)).Select(t => t.Substring(group.Prefix.Length))];
        }

        try
        {
            return await ((OciRepository)group.Destination!).GetTagsAsync(null, cancellation).ConfigureAwait(false);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.NotFound)
        {
            return [];
        }
        catch (Exception e) when (IsProblem(e))
        {
            _failures[group.Path] = e;
            return [];
        }
    }

    private static async Task<SyncItem> PlanRemovalAsync(SyncGroup group, string tag, CancellationToken stop)
    {
        try
        {
            var previous = group.Destination is OciRepository repository
                ? (await repository.ResolveAsync(tag, stop).ConfigureAwait(false)).Digest
                : group.FindInLayout(tag);
            return new SyncItem(group.Source.Path, group.Path, tag) { PreviousDigest = previous, Action = SyncAction.Removed, Group = group };
        }
        catch (Exception e) when (IsProblem(e))
        {
            return new SyncItem(group.Source.Path, group.Path, tag) { Action = SyncAction.Failed, Error = e, Group = group };
        }
    }
}
