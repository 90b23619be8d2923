using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Tests.StateModel;

/// <summary>The rules for index entries (section 1), on a plain list.</summary>
internal static class ModelIndex
{
    public static ModelEntry? FindTag(List<ModelEntry> entries, string tag) => entries.LastOrDefault(e => e.Tag == tag);

    /// <summary>Determines whether an entry lists content under its own media type.</summary>
    public static bool Lists(List<ModelEntry> entries, Digest digest) => entries.Any(e => e.Digest == digest && !e.IsOther);

    public static void List(List<ModelEntry> entries, Digest digest)
    {
        if (!Lists(entries, digest)) entries.Add(new(digest, null));
    }

    public static void SetTag(List<ModelEntry> entries, Digest digest, string tag)
    {
        var keep = entries.FindLastIndex(e => e.Tag == tag);
        if (keep >= 0 && (entries[keep].Digest != digest || entries[keep].IsOther)) keep = -1;
        DropTags(entries, tag, keep < 0 ? null : entries[keep]);
        if (keep >= 0) return;
        var untagged = entries.FindIndex(e => e.Digest == digest && e.Tag is null && !e.IsOther);
        if (untagged >= 0) entries[untagged] = new(digest, tag);
        else entries.Add(new(digest, tag));
    }

    /// <summary>Removes a tag from its entries. An entry keeps its place, unless another entry of its digest says the same.</summary>
    public static void DropTags(List<ModelEntry> entries, string tag, ModelEntry? except = null)
    {
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            if (entry.Tag != tag || ReferenceEquals(entry, except)) continue;
            if (entries.Where((e, at) => at != i && e.Digest == entry.Digest && e.IsOther == entry.IsOther).Any()) entries.RemoveAt(i--);
            else entries[i] = entry with { Tag = null };
        }
    }
}
