using System.Collections.Immutable;
using System.Linq;

namespace OciLayout.Safety.Disks;

/// <summary>What has been acknowledged, and so has to be there after anything. While a change is under way, both ends of it will do.</summary>
internal sealed record Promise
{
    /// <summary>Stands for a tag that is not there.</summary>
    public const string Absent = "";

    /// <summary>Whether somebody may have left a layout that nobody promised to be readable.</summary>
    public bool Reckless { get; init; }

    /// <summary>Whether there has to be a layout at all.</summary>
    public bool Created { get; init; }

    /// <summary>What each tag may name.</summary>
    public ImmutableSortedDictionary<string, ImmutableHashSet<string>> Tags { get; init; } = ImmutableSortedDictionary<string, ImmutableHashSet<string>>.Empty;

    /// <summary>What has to be stored, with all below it.</summary>
    public ImmutableHashSet<string> Content { get; init; } = [];

    /// <summary>What has to be listed in the index.</summary>
    public ImmutableHashSet<string> Listed { get; init; } = [];

    /// <summary>What another tool wrote in place, so that it may have any bytes until we acknowledge it.</summary>
    public ImmutableHashSet<string> Foreign { get; init; } = [];

    public Promise WithTag(string tag, params string[] digests) => this with { Tags = Tags.SetItem(tag, [.. digests]) };

    /// <summary>A tag is about to become something else.</summary>
    public Promise Moving(string tag, string to) => this with { Tags = Tags.SetItem(tag, [to, .. Tags.GetValueOrDefault(tag) ?? [Absent]]) };

    public Promise WithContent(params string[] digests) => this with { Content = Content.Union(digests) };

    public Promise Without(params string[] digests) => this with { Content = Content.Except(digests), Listed = Listed.Except(digests) };

    public override string ToString() => (Created ? "created" : "not created")
        + string.Concat(Tags.Select(t => $" {t.Key}→{string.Join('|', t.Value.Order().Select(Short))}"))
        + " content:" + string.Join(',', Content.Order().Select(Short)) + " listed:" + string.Join(',', Listed.Order().Select(Short));

    private static string Short(string digest) => digest == Absent ? "nothing" : digest[..System.Math.Min(19, digest.Length)];
}
