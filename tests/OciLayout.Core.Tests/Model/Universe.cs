using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace OciLayout.Tests.Model;

/// <summary>A thing that can be stored, and what it points at.</summary>
internal sealed class Thing
{
    public required string Name { get; init; }

    public required byte[] Content { get; init; }

    public required string MediaType { get; init; }

    public Digest Subject { get; init; }

    public Digest[] Children { get; init; } = [];

    public Digest Digest => field.IsEmpty ? field = Digest.Compute(Content) : field;

    public Descriptor Descriptor => new(MediaType, Digest, Content.Length);

    public bool IsManifest => MediaTypes.IsManifest(MediaType);

    public bool IsIndex => MediaType == MediaTypes.ImageIndex;

    /// <summary>All it points at, its subject included.</summary>
    public IEnumerable<Digest> Successors => Subject.IsEmpty ? Children : Children.Append(Subject);

    public string Json => $$"""{"mediaType":"{{MediaType}}","digest":"{{Digest}}","size":{{Content.Length}}}""";

    public override string ToString() => Name;
}

/// <summary>
/// A few things in every relation that the store knows: shared blobs, images, indexes of indexes, referrers of referrers, and a fallback
/// list that also names what is no referrer.
/// </summary>
internal static class Universe
{
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
    public static readonly Thing OnlyStranger = Index("F0 without R3", M1);
    public static readonly Thing OnlyReferrer = Index("F0 without M1", R3);

    public static readonly Thing[] All = [.. Made];

    public static readonly string FallbackTag = "sha256-" + M2.Digest.Encoded;

    public static readonly string[] Tags = ["a", "b", "c", FallbackTag];

    public static readonly Dictionary<Digest, Thing> ByDigest = All.ToDictionary(t => t.Digest);

    /// <summary>A fallback list without some members; null when none is left.</summary>
    public static Thing? Without(Thing list, ICollection<Digest> gone)
    {
        var left = list.Children.Where(c => !gone.Contains(c)).ToArray();
        return left.Length == 0 ? null : All.First(t => t.IsIndex && t.Children.SequenceEqual(left));
    }

    private static Thing Image(string name, Thing? subject, Thing config, params Thing[] layers) => Add(
        name,
        $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageManifest}}","config":{{config.Json}},"layers":[{{Join(layers)}}]{{(subject is null ? "" : $",\"subject\":{subject.Json}")}}}""",
        MediaTypes.ImageManifest,
        subject,
        [config, .. layers]);

    private static Thing Index(string name, params Thing[] manifests) =>
        Add(name, $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageIndex}}","manifests":[{{Join(manifests)}}]}""", MediaTypes.ImageIndex, null, manifests);

    private static string Join(Thing[] things) => string.Join(',', things.Select(t => t.Json));

    private static Thing Add(string name, string content, string mediaType, Thing? subject = null, Thing[]? children = null)
    {
        var thing = new Thing
        {
            Name = name,
            Content = Encoding.UTF8.GetBytes(content),
            MediaType = mediaType,
            Subject = subject?.Digest ?? default,
            Children = [.. (children ?? []).Select(c => c.Digest)],
        };
        Made.Add(thing);
        return thing;
    }
}
