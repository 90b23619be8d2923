using System.Collections.Generic;

namespace OciLayout.Storage;

/// <summary>A change of the index, by names, so that it can be applied again to what the file holds by then.</summary>
internal abstract class IndexChange
{
    /// <summary>Why it could not be saved; null when it was, or waits.</summary>
    public OciException? Failure { get; set; }

    /// <summary>The step that failed after the change was saved; null when there is none.</summary>
    public OciException? Unfinished { get; set; }

    /// <summary>The content that must be stored for the change to be saved.</summary>
    public virtual Descriptor? Target => null;

    /// <summary>The single changes that are made together, or not at all.</summary>
    public virtual IReadOnlyList<IndexChange> Parts => [this];

    public abstract void Apply(IndexTable table);
}

/// <summary>A manifest is listed.</summary>
/// <param name="target">The manifest.</param>
/// <param name="isNew">Whether the index did not list it, or only a change that is not saved yet does.</param>
internal sealed class ListChange(Descriptor target, bool isNew = true) : IndexChange
{
    public override Descriptor Target => target;

    public bool IsNew => isNew;

    public override void Apply(IndexTable table) => table.Add(target);
}

/// <summary>A tag names something.</summary>
internal class TagChange(Descriptor target, string tag) : IndexChange
{
    public string Tag => tag;

    public override Descriptor Target => target;

    /// <summary>The entry that has the tag after the change.</summary>
    public IndexEntry? Named { get; private set; }

    public override void Apply(IndexTable table)
    {
        table.SetTag(target, tag);
        Named = table.FindTag(tag);
    }
}

/// <summary>A tag names nothing any more.</summary>
internal sealed class UntagChange(string tag) : IndexChange
{
    public override void Apply(IndexTable table) => table.RemoveTag(tag);
}

/// <summary>Entries go, because their content goes.</summary>
internal sealed class RemoveChange(IReadOnlyCollection<Digest> digests) : IndexChange
{
    public override void Apply(IndexTable table)
    {
        foreach (var digest in digests) table.Remove(digest);
    }
}
