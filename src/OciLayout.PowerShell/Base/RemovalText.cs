using System.Collections.Generic;
using System.Linq;

namespace OciLayout.PowerShell;

/// <summary>Describes a deletion for <c>-WhatIf</c> and <c>-Confirm</c>: the objects to delete, with their sizes and the reasons.</summary>
internal static class RemovalText
{
    /// <summary>Returns a summary: the tags, and the number of objects with their size.</summary>
    public static string Summary(IReadOnlyList<RemovedItem> items, IReadOnlyList<string> tags)
    {
        var objects = $"{Display.Count(items.Count, "object", "objects")} ({Display.Size(items.Sum(i => i.Size))})";
        return tags.Count == 0 ? objects : $"{(tags.Count == 1 ? "tag" : "tags")} {string.Join(", ", tags.Select(t => $"'{t}'"))} and {objects}";
    }

    /// <summary>Returns a summary: the number of objects with their size, and of entries of the index.</summary>
    public static string Summary(IReadOnlyList<RemovedItem> items, IReadOnlyList<Descriptor> entries) =>
        Summary(items, tags: []) + (entries.Count == 0 ? "" : $" and {Display.Count(entries.Count, "entry of the index", "entries of the index")}");

    /// <summary>Returns the line of <c>-WhatIf</c> for an object.</summary>
    public static string Line(RemovedItem item)
    {
        var name = item.Digest.IsEmpty ? item.Path ?? "an unfinished upload" : item.Digest.ToString();
        return $"Delete {name} ({Display.Size(item.Size)}, {Reason(item)})";
    }

    private static string Reason(RemovedItem item) => item.Reason switch
    {
        RemovalReason.Target => "given",
        RemovalReason.Referrer => "referrer of a deleted manifest",
        RemovalReason.Dangling => "not used by any other manifest",
        RemovalReason.Unreachable => "not reachable from a tag",
        RemovalReason.FallbackIndex => "lists referrers of a deleted manifest",
        _ => "left by an unfinished upload",
    };
}
