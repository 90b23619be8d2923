using System;
using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Images;

/// <summary>
/// Compares the layers of two images: by digest, and then by the digest of the tar, so that a layer that was only compressed in another way
/// is a changed one.
/// </summary>
internal static class LayerComparer
{
    private const int None = -1;

    public static IEnumerable<ImageDifference> Compare(IReadOnlyList<ImageLayer> reference, IReadOnlyList<ImageLayer> difference)
    {
        var partners = Enumerable.Repeat(None, difference.Count).ToArray();
        var isTaken = new bool[reference.Count];
        Match(layer => layer.Descriptor.Digest);
        Match(layer => layer.DiffId);
        var highest = None;
        for (var i = 0; i < Math.Max(reference.Count, difference.Count); i++)
        {
            if (i < reference.Count && !isTaken[i]) yield return Row(ImageChange.Removed, reference[i], reference[i].Descriptor.Digest.ToString(), null);
            if (i >= difference.Count) continue;
            yield return Describe(i, isMoved: partners[i] != None && partners[i] < highest);
            highest = Math.Max(highest, partners[i]);
        }

        // A manifest can have tens of thousands of layers.
        void Match(Func<ImageLayer, Digest?> key)
        {
            var free = Enumerable.Range(0, reference.Count).Where(j => !isTaken[j]).ToLookup(j => key(reference[j])).ToDictionary(same => same.Key ?? default, same => new Queue<int>(same));
            for (var i = 0; i < difference.Count; i++)
            {
                if (partners[i] != None || key(difference[i]) is not { } digest || !free.TryGetValue(digest, out var same) || same.Count == 0) continue;
                partners[i] = same.Dequeue();
                isTaken[partners[i]] = true;
            }
        }

        ImageDifference Describe(int position, bool isMoved)
        {
            var layer = difference[position];
            var digest = layer.Descriptor.Digest;
            if (partners[position] == None) return Row(ImageChange.Added, layer, null, digest.ToString());
            var partner = reference[partners[position]].Descriptor.Digest;
            if (partner != digest) return Row(ImageChange.Changed, layer, partner.ToString(), digest.ToString());
            return isMoved ? Row(ImageChange.Changed, layer, Position(partners[position]), Position(position)) : Row(ImageChange.Same, layer, digest.ToString(), digest.ToString());
        }
    }

    private static string Position(int index) => $"layer {index + 1}";

    private static ImageDifference Row(ImageChange change, ImageLayer layer, string? reference, string? difference) =>
        new(ImageDifferenceKind.Layer, change, layer.Descriptor.Digest.ToString(), reference, difference) { Size = layer.Descriptor.Size, Layer = layer };
}
