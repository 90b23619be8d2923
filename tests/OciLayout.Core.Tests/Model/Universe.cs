using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace OciLayout.Tests.Model;

/// <summary>Content that can be stored, and its pointers.</summary>
internal sealed class Thing
{
    public required string Name { get; init; }

    public required byte[] Content { get; init; }

    public required string MediaType { get; init; }

    public Digest Subject { get; init; }

    public Digest[] Children { get; init; } = [];

    /// <summary>All digests in the content, as found when it is read as a document of an unknown type.</summary>
    public IEnumerable<Digest> Named => Subject.IsEmpty ? Children : Children.Append(Subject);

    public Digest Digest => field.IsEmpty ? field = Digest.Compute(Content) : field;

    public Descriptor Descriptor => new(MediaType, Digest, Content.Length);

    public bool IsManifest => MediaTypes.IsManifest(MediaType);

    public bool IsIndex => MediaType == MediaTypes.ImageIndex;

    public string Json => JsonAs(MediaType);

    public string JsonAs(string mediaType) => $$"""{"mediaType":"{{mediaType}}","digest":"{{Digest}}","size":{{Content.Length}}}""";

    public override string ToString() => Name;
}

/// <summary>
/// A few things in every relation that the store supports: shared blobs, images, indexes of indexes, referrers of referrers, documents of
/// an unknown type, and a fallback list that also contains a manifest that is not a referrer. Each of them may get any tag, and several.
/// </summary>
internal static class Universe
{
    public const string OtherType = "application/vnd.example.other+json";

    private static readonly List<Thing> Made = [];

    public static readonly Thing[] Blobs = [.. Enumerable.Range(0, 4).Select(i => Add($"B{i}", $"blob {i}", MediaTypes.OctetStream))];
    public static readonly Thing M0 = Image("M0", null, Blobs[0], Blobs[1]);
    public static readonly Thing M1 = Image("M1", null, Blobs[0], Blobs[2]);
    public static readonly Thing M2 = Image("M2", null, Blobs[3], Blobs[1], Blobs[2]);
    public static readonly Thing X0 = Index("X0", M0, M1);
    public static readonly Thing X1 = Index("X1", M1, X0);
    public static readonly Thing R0 = Image("R0", M0, Blobs[3], Blobs[2]);
    public static readonly Thing R1 = Image("R1", R0, Blobs[3]);
    public static readonly Thing R2 = Image("R2", X0, Blobs[3], Blobs[0]);
    public static readonly Thing R3 = Image("R3", M2, Blobs[3], Blobs[0]);
    public static readonly Thing F0 = Index("F0", R3, M1);
    public static readonly Thing D0 = Document("D0", Blobs[1], M0);
    public static readonly Thing D1 = Document("D1", D0);
    public static readonly Thing X2 = Index("X2", M2, D1);

    /// <summary>The fallback tags and their subjects.</summary>
    public static readonly Dictionary<string, Digest> FallbackTags = new[] { M2, X0 }.ToDictionary(t => "sha256-" + t.Digest.Encoded, t => t.Digest);

    public static readonly string[] Tags = ["a", "b", "c", .. FallbackTags.Keys];

    /// <summary>All things, including the lists that remain when members of a fallback list are deleted.</summary>
    public static readonly ConcurrentDictionary<Digest, Thing> ByDigest = new(Made.Where(t => t.IsIndex).SelectMany(Shorter).Concat(Made).DistinctBy(t => t.Digest).ToDictionary(t => t.Digest));

    public static readonly Thing[] All = [.. Made];

    /// <summary>Returns a fallback list without some members, or null if no member is left.</summary>
    public static Thing? Without(Thing list, ICollection<Digest> gone)
    {
        var left = list.Children.Where(c => !gone.Contains(c)).ToArray();
        return left.Length == 0 ? null : ByDigest.Values.First(t => t.IsIndex && t.Children.SequenceEqual(left));
    }

    private static IEnumerable<Thing> Shorter(Thing index)
    {
        foreach (var child in index.Children.Where(_ => index.Children.Length > 1))
        {
            var left = index.Children.Where(c => c != child).Select(c => Made.First(t => t.Digest == c)).ToArray();
            yield return IndexOf($"{index} without {Made.First(t => t.Digest == child)}", left);
        }
    }

    private static Thing Image(string name, Thing? subject, Thing config, params Thing[] layers) => Add(
        name,
        $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageManifest}}","config":{{config.Json}},"layers":[{{Join(layers)}}]{{(subject is null ? "" : $",\"subject\":{subject.Json}")}}}""",
        MediaTypes.ImageManifest,
        subject,
        [config, .. layers]);

    private static Thing Index(string name, params Thing[] manifests)
    {
        var index = IndexOf(name, manifests);
        Made.Add(index);
        return index;
    }

    private static Thing IndexOf(string name, Thing[] manifests) =>
        Make(name, $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageIndex}}","manifests":[{{Join(manifests)}}]}""", MediaTypes.ImageIndex, null, manifests);

    private static Thing Document(string name, params Thing[] named) => Add(name, $$"""{"named":[{{Join(named)}}]}""", OtherType, null, named);

    private static string Join(Thing[] things) => string.Join(',', things.Select(t => t.Json));

    private static Thing Add(string name, string content, string mediaType, Thing? subject = null, Thing[]? children = null)
    {
        var thing = Make(name, content, mediaType, subject, children);
        Made.Add(thing);
        return thing;
    }

    private static Thing Make(string name, string content, string mediaType, Thing? subject, Thing[]? children) => new()
    {
        Name = name,
        Content = Encoding.UTF8.GetBytes(content),
        MediaType = mediaType,
        Subject = subject?.Digest ?? default,
        Children = [.. (children ?? []).Select(c => c.Digest)],
    };
}
