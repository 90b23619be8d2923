using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Asks before a deletion. With <c>-WhatIf</c> it names each object to delete, and its size.</summary>
internal sealed class RemovalPreview(OciCmdlet cmdlet, OciStoreInfo store)
{
    /// <summary>Asks whether to delete.</summary>
    /// <param name="what">The objects to delete.</param>
    /// <param name="nameThings">True with <c>-WhatIf</c>: name each object with <see cref="Name(RemovedItem)"/>.</param>
    public bool Confirm(string what, out bool nameThings)
    {
        var go = cmdlet.Confirm($"Delete {what} from {store}", out var reason);
        nameThings = !go && reason == ShouldProcessReason.WhatIf;
        return go;
    }

    /// <summary>Returns a summary: the tags, and the number of objects with their size.</summary>
    public static string Summary(IReadOnlyList<RemovedItem> items, IReadOnlyList<string> tags)
    {
        var things = $"{Display.Count(items.Count, "object", "objects")} ({Display.Size(items.Sum(i => i.Size))})";
        return tags.Count == 0 ? things : $"{(tags.Count == 1 ? "tag" : "tags")} {string.Join(", ", tags.Select(t => $"'{t}'"))} and {things}";
    }

    /// <summary>Returns a summary: the number of objects with their size, and of entries of the index.</summary>
    public static string Summary(IReadOnlyList<RemovedItem> items, IReadOnlyList<Descriptor> entries) =>
        Summary(items, tags: []) + (entries.Count == 0 ? "" : $" and {Display.Count(entries.Count, "entry of the index", "entries of the index")}");

    public void Name(RemovedItem item)
    {
        var name = item.Digest.IsEmpty ? item.Path ?? "an unfinished upload" : item.Digest.ToString();
        cmdlet.Preview($"Delete {name} ({Display.Size(item.Size)}, {Why(item)})");
    }

    public void NameTag(string tag) => cmdlet.Preview($"Delete tag '{tag}'");

    public void NameEntry(Descriptor entry) => cmdlet.Preview($"Remove the entry of {entry.Digest} from the index");

    private static string Why(RemovedItem item) => item.Reason switch
    {
        RemovalReason.Target => "named",
        RemovalReason.Referrer => "referrer of a deleted manifest",
        RemovalReason.Dangling => "not used by any other manifest",
        RemovalReason.Unreachable => "not reachable from a tag",
        RemovalReason.FallbackIndex => "lists referrers of a deleted manifest",
        _ => "left by an unfinished upload",
    };
}
