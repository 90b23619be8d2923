using System;
using System.Collections.Generic;
using System.Linq;
using OciLayout.Model;

namespace OciLayout.Transfer;

/// <summary>
/// Decides which entry of an index keeps which tag. Docker and BuildKit write only the tag as ref.name and the full name as a second
/// annotation, so several entries may have one ref.name. Each of these entries takes its full name. Of several entries with one full name
/// the last one keeps it, as readers of the index expect; the others lose it.
/// </summary>
internal sealed class EntryNames
{
    private readonly List<(Descriptor Target, string? Tag)> _entries = [];
    private readonly List<LostTag> _lost = [];

    private EntryNames()
    {
    }

    /// <summary>The entries with their tags, in the order of the index.</summary>
    public IReadOnlyList<(Descriptor Target, string? Tag)> Entries => _entries;

    /// <summary>The tags that an entry lost to a later one.</summary>
    public IReadOnlyList<LostTag> Lost => _lost;

    /// <summary>Resolves the names of all entries.</summary>
    /// <param name="entries">The entries. A tag that is the digest of its entry has to be passed as null.</param>
    public static EntryNames Of(IReadOnlyList<(Descriptor Target, string? Tag)> entries)
    {
        var shared = new HashSet<string>(
            entries.Where(e => e.Tag is not null).GroupBy(e => e.Tag!, StringComparer.Ordinal).Where(g => g.Select(e => (e.Target.Digest, NameOf(e.Target))).Distinct().Skip(1).Any()).Select(g => g.Key),
            StringComparer.Ordinal);
        var named = entries.Select(e => (e.Target, Tag: e.Tag is not null && shared.Contains(e.Tag) && NameOf(e.Target) is { } name ? ImageName.Shorten(name) : e.Tag)).ToList();
        var last = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < named.Count; i++)
        {
            if (named[i].Tag is { } tag) last[tag] = i;
        }

        var result = new EntryNames();
        for (var i = 0; i < named.Count; i++)
        {
            var (target, tag) = named[i];
            if (tag is null || last[tag] == i)
            {
                result._entries.Add((target, tag));
                continue;
            }

            var winner = named[last[tag]].Target.Digest;
            if (winner != target.Digest) result._lost.Add(new LostTag(tag, target.Digest, winner));
            result._entries.Add((DescriptorAnnotations.WithImageName(target, null), null));
        }

        return result;
    }

    // A name that cannot be a tag is left where it is.
    private static string? NameOf(Descriptor target) =>
        target.Annotations.TryGetValue(AnnotationKeys.ContainerdImageName, out var name) && Reference.IsTag(ImageName.Shorten(name)) ? name : null;
}
