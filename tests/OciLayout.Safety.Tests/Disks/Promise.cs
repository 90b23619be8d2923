using System.Collections.Immutable;
using System.Linq;

namespace OciLayout.Safety.Disks;

/// <summary>The acknowledged state, which must survive any fault. During a change, the states before and after it are allowed.</summary>
internal sealed record Promise
{
    /// <summary>The digest of a tag that does not exist.</summary>
    public const string Absent = "";

    /// <summary>Whether the layout may be unreadable, because it was written without flushing.</summary>
    public bool Reckless { get; init; }

    /// <summary>Whether the layout must exist.</summary>
    public bool Created { get; init; }

    /// <summary>The allowed digests of each tag.</summary>
    public ImmutableSortedDictionary<string, ImmutableHashSet<string>> Tags { get; init; } = ImmutableSortedDictionary<string, ImmutableHashSet<string>>.Empty;

    /// <summary>The content that must be stored, with all content that is reachable from it.</summary>
    public ImmutableHashSet<string> Content { get; init; } = [];

    /// <summary>The manifests that must be listed in the index.</summary>
    public ImmutableHashSet<string> Listed { get; init; } = [];

    /// <summary>Content that another tool wrote in place. It may have any bytes until we acknowledge it.</summary>
    public ImmutableHashSet<string> Foreign { get; init; } = [];

    public Promise WithTag(string tag, params string[] digests) => this with { Tags = Tags.SetItem(tag, [.. digests]) };

    /// <summary>Returns a promise that also allows a new digest for a tag.</summary>
    public Promise Moving(string tag, string to) => this with { Tags = Tags.SetItem(tag, [to, .. Tags.GetValueOrDefault(tag) ?? [Absent]]) };

    public Promise WithContent(params string[] digests) => this with { Content = Content.Union(digests) };

    public Promise Without(params string[] digests) => this with { Content = Content.Except(digests), Listed = Listed.Except(digests) };

    public override string ToString() => (Created ? "created" : "not created")
        + string.Concat(Tags.Select(t => $" {t.Key}→{string.Join('|', t.Value.Order().Select(Short))}"))
        + " content:" + string.Join(',', Content.Order().Select(Short)) + " listed:" + string.Join(',', Listed.Order().Select(Short));

    private static string Short(string digest) => digest == Absent ? "nothing" : digest[..System.Math.Min(19, digest.Length)];
}
