using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Asks before a removal; with <c>-WhatIf</c> it names each thing that would go, and its size.</summary>
internal sealed class RemovalPreview(Cmdlet cmdlet, OciStore store)
{
    /// <summary>Whether to go on. With <c>-WhatIf</c> it is not, and then each thing has to be named with <see cref="Name(RemovedItem)"/>.</summary>
    public bool Confirm(string what, out bool nameThings)
    {
        var go = cmdlet.ShouldProcess($"Removing {what} from {store}.", $"Remove {what} from {store}?", "Confirm", out var reason);
        nameThings = !go && reason == ShouldProcessReason.WhatIf;
        return go;
    }

    /// <summary>A summary: how many things, their size, and the tags that go.</summary>
    public static string Summary(IReadOnlyList<RemovedItem> items, IReadOnlyList<string> tags)
    {
        var things = $"{Display.Count(items.Count, "item", "items")} ({Display.Size(items.Sum(i => i.Size))})";
        return tags.Count == 0 ? things : $"{things} and the {(tags.Count == 1 ? "tag" : "tags")} {string.Join(", ", tags)}";
    }

    public void Name(RemovedItem item)
    {
        var name = item.Digest.IsEmpty ? item.Path ?? "an unfinished upload" : item.Digest.ToString();
        Say($"Removing {name} ({Display.Size(item.Size)}, {Why(item)}).");
    }

    public void NameTag(string tag) => Say($"Removing the tag {tag}.");

    public void NameEntry(Descriptor entry) => Say($"Removing the entry of {entry.Digest} from the index.");

    // Under -WhatIf this prints the line and does nothing else.
    private void Say(string line) => cmdlet.ShouldProcess(line, line, "Confirm");

    private static string Why(RemovedItem item) => item.Reason switch
    {
        RemovalReason.Target => "named",
        RemovalReason.Referrer => "attached to what goes",
        RemovalReason.Dangling => "only needed by what goes",
        RemovalReason.Unreachable => "reached by no tag",
        RemovalReason.FallbackIndex => "lists referrers of what goes",
        _ => "left by an unfinished upload",
    };
}
