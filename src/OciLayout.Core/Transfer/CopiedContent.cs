using System.Collections.Generic;
using OciLayout.Graph;
using OciLayout.Model;
using OciLayout.Store;

namespace OciLayout.Transfer;

/// <summary>
/// The content that earlier runs of one copy between two layouts have copied or found complete. The scope of the copy claims it, so the next
/// plan does not walk it again. Otherwise a copy of N tags of one image, or of N referrers of it, would walk all of them N times.
/// </summary>
internal sealed class CopiedContent
{
    private readonly HashSet<NodeKey> _walked = [];
    private readonly HashSet<NodeKey> _roots = []; // those that the index of the destination lists
    private IndexSnapshot? _entries;

    /// <summary>Forgets all content if the source lists other entries than before, because these may be new referrers.</summary>
    public void Follow(StoreReader source)
    {
        var entries = source.State.Entries();
        if (ReferenceEquals(entries, _entries)) return;
        Clear();
        _entries = entries;
    }

    public void Clear()
    {
        _walked.Clear();
        _roots.Clear();
    }

    /// <summary>Returns whether a plan need not walk content in a role.</summary>
    public bool Has(NodeKey key, DescriptorRole role) => role == DescriptorRole.Root ? _roots.Contains(key) : _walked.Contains(key);

    /// <summary>Adds the content of a plan that was carried out. A plan with missing content is walked again, to report that content again.</summary>
    public void Add(CopyPlan plan)
    {
        if (plan.Missing.Count > 0) return;
        _walked.UnionWith(plan.Walked);
        _roots.UnionWith(plan.WalkedRoots);
    }
}
