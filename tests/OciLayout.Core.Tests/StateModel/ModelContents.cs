using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace OciLayout.Tests.StateModel;

/// <summary>
/// A few things in every relation that the store supports: shared blobs, images, indexes of indexes, referrers of referrers, documents of
/// an unknown type, and a fallback list that also contains a manifest that is not a referrer. Each of them may get any tag, and several.
/// </summary>
internal static class ModelContents
{
    public const string OtherType = "application/vnd.example.other+json";

    private static readonly List<ModelContent> Made = [];

    public static readonly ModelContent[] Blobs = [.. Enumerable.Range(0, 4).Select(i => Add($"B{i}", $"blob {i}", MediaTypes.OctetStream))];
    public static readonly ModelContent M0 = Image("M0", null, Blobs[0], Blobs[1]);
    public static readonly ModelContent M1 = Image("M1", null, Blobs[0], Blobs[2]);
    public static readonly ModelContent M2 = Image("M2", null, Blobs[3], Blobs[1], Blobs[2]);
    public static readonly ModelContent X0 = Index("X0", M0, M1);
    public static readonly ModelContent X1 = Index("X1", M1, X0);
    public static readonly ModelContent R0 = Image("R0", M0, Blobs[3], Blobs[2]);
    public static readonly ModelContent R1 = Image("R1", R0, Blobs[3]);
    public static readonly ModelContent R2 = Image("R2", X0, Blobs[3], Blobs[0]);
    public static readonly ModelContent R3 = Image("R3", M2, Blobs[3], Blobs[0]);
    public static readonly ModelContent F0 = Index("F0", R3, M1);
    public static readonly ModelContent D0 = Document("D0", Blobs[1], M0);
    public static readonly ModelContent D1 = Document("D1", D0);
    public static readonly ModelContent X2 = Index("X2", M2, D1);

    /// <summary>The fallback tags and their subjects.</summary>
    public static readonly Dictionary<string, Digest> FallbackTags = new[] { M2, X0 }.ToDictionary(t => "sha256-" + t.Digest.Encoded, t => t.Digest);

    public static readonly string[] Tags = ["a", "b", "c", .. FallbackTags.Keys];

    /// <summary>All things, including the lists that remain when members of a fallback list are deleted.</summary>
    public static readonly ConcurrentDictionary<Digest, ModelContent> ByDigest = new(Made.Where(t => t.IsIndex).SelectMany(Shorter).Concat(Made).DistinctBy(t => t.Digest).ToDictionary(t => t.Digest));

    public static readonly ModelContent[] All = [.. Made];

    /// <summary>Returns a fallback list without some members, or null if no member is left.</summary>
    public static ModelContent? Without(ModelContent list, ICollection<Digest> gone)
    {
        var left = list.Children.Where(c => !gone.Contains(c)).ToArray();
        return left.Length == 0 ? null : ByDigest.Values.First(t => t.IsIndex && t.Children.SequenceEqual(left));
    }

    private static IEnumerable<ModelContent> Shorter(ModelContent index)
    {
        foreach (var child in index.Children.Where(_ => index.Children.Length > 1))
        {
            var left = index.Children.Where(c => c != child).Select(c => Made.First(t => t.Digest == c)).ToArray();
            yield return IndexOf($"{index} without {Made.First(t => t.Digest == child)}", left);
        }
    }

    private static ModelContent Image(string name, ModelContent? subject, ModelContent config, params ModelContent[] layers) => Add(
        name,
        $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageManifest}}","config":{{config.Json}},"layers":[{{Join(layers)}}]{{(subject is null ? "" : $",\"subject\":{subject.Json}")}}}""",
        MediaTypes.ImageManifest,
        subject,
        [config, .. layers]);

    private static ModelContent Index(string name, params ModelContent[] manifests)
    {
        var index = IndexOf(name, manifests);
        Made.Add(index);
        return index;
    }

    private static ModelContent IndexOf(string name, ModelContent[] manifests) =>
        Make(name, $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageIndex}}","manifests":[{{Join(manifests)}}]}""", MediaTypes.ImageIndex, null, manifests);

    private static ModelContent Document(string name, params ModelContent[] named) => Add(name, $$"""{"named":[{{Join(named)}}]}""", OtherType, null, named);

    private static string Join(ModelContent[] things) => string.Join(',', things.Select(t => t.Json));

    private static ModelContent Add(string name, string content, string mediaType, ModelContent? subject = null, ModelContent[]? children = null)
    {
        var thing = Make(name, content, mediaType, subject, children);
        Made.Add(thing);
        return thing;
    }

    private static ModelContent Make(string name, string content, string mediaType, ModelContent? subject, ModelContent[]? children) => new()
    {
        Name = name,
        Content = Encoding.UTF8.GetBytes(content),
        MediaType = mediaType,
        Subject = subject?.Digest ?? default,
        Children = [.. (children ?? []).Select(c => c.Digest)],
    };
}
