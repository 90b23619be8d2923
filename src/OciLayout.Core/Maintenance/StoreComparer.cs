using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using OciLayout.Common;

namespace OciLayout.Maintenance;

/// <summary>Finds the tags and the content that only one of two sides has.</summary>
internal sealed class StoreComparer(IContentInventory reference, IContentInventory difference, IReadOnlyList<OciException> problems, CancellationToken cancellationToken)
{
    private static readonly IReadOnlyDictionary<string, Descriptor> NoTags = new Dictionary<string, Descriptor>();

    public StoreComparison Compare(bool includeEqual)
    {
        var (referenceTags, referenceContent) = Only(DifferenceSide.Reference, reference, difference);
        var (differenceTags, differenceContent) = Only(DifferenceSide.Difference, difference, reference);
        List<StoreDifference> both = includeEqual ? [.. EqualTags(), .. EqualContent()] : [];
        return new StoreComparison([.. referenceTags, .. referenceContent, .. differenceTags, .. differenceContent, .. both])
        {
            Reference = Total(DifferenceSide.Reference, referenceTags, referenceContent),
            Difference = Total(DifferenceSide.Difference, differenceTags, differenceContent),
            Problems = problems,
        };
    }

    private (List<StoreDifference> Tags, List<StoreDifference> Content) Only(DifferenceSide side, IContentInventory here, IContentInventory there) =>
        (TagsOnlyIn(side, here, there), Largest(here.Content.Where(c => !there.Has(c.Key)).Select(c => Describe(c, side))));

    private List<StoreDifference> TagsOnlyIn(DifferenceSide side, IContentInventory here, IContentInventory there)
    {
        var tags = (here.Tags ?? NoTags).Where(t => !IsTagged(there, t.Key, t.Value)).OrderBy(t => t.Key, StringComparer.Ordinal).ToList();
        var result = new StoreDifference[tags.Count];
        ParallelLoop.For(tags.Count, i => result[i] = DescribeTag(tags[i].Key, tags[i].Value, side, here, there), cancellationToken);
        return [.. result];
    }

    private IEnumerable<StoreDifference> EqualTags() => (difference.Tags ?? NoTags).Where(t => IsTagged(reference, t.Key, t.Value))
        .OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => DescribeTag(t.Key, t.Value, DifferenceSide.Both, difference, reference));

    private List<StoreDifference> EqualContent() =>
        Largest(difference.Content.Where(c => reference.Has(c.Key)).Select(c => Describe(c, DifferenceSide.Both)));

    // A side without known tags counts as having every tag whose content it has.
    private static bool IsTagged(IContentInventory side, string tag, Descriptor target) =>
        side.Tags is null ? side.Has(target.Digest) : side.Tags.TryGetValue(tag, out var other) && other.Digest == target.Digest;

    private static StoreDifference DescribeTag(string tag, Descriptor target, DifferenceSide side, IContentInventory here, IContentInventory there)
    {
        Digest? other = side != DifferenceSide.Both && there.Tags is not null && there.Tags.TryGetValue(tag, out var named) ? named.Digest : null;
        return new StoreDifference(other is null ? DifferenceKind.Tag : DifferenceKind.MovedTag, side, target.Digest)
        {
            Tag = tag,
            OtherDigest = other,
            Size = side == DifferenceSide.Both ? null : here.SizeBelow(target, there.Has),
            MediaType = target.MediaType.Length > 0 ? target.MediaType : null,
        };
    }

    private static StoreDifference Describe(KeyValuePair<Digest, InventoryItem> content, DifferenceSide side) =>
        new(content.Value.IsManifest ? DifferenceKind.Manifest : DifferenceKind.Blob, side, content.Key)
        {
            Size = content.Value.Size,
            MediaType = content.Value.MediaType,
        };

    private static List<StoreDifference> Largest(IEnumerable<StoreDifference> content) =>
        [.. content.OrderByDescending(d => d.Size ?? 0).ThenBy(d => d.Digest)];

    private static StoreDifferenceTotal Total(DifferenceSide side, List<StoreDifference> tags, List<StoreDifference> content) => new(side)
    {
        TagCount = tags.Count(t => t.Kind == DifferenceKind.Tag),
        MovedCount = tags.Count(t => t.Kind == DifferenceKind.MovedTag),
        BlobCount = content.Count,
        Size = content.Select(c => c.Size ?? 0).Total(),
    };
}
