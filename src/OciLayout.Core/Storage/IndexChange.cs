using System.Collections.Generic;

namespace OciLayout.Storage;

/// <summary>
/// A change of the index. It refers to tags and digests, so it can be applied again after another process has changed the file.
/// </summary>
internal abstract class IndexChange
{
    /// <summary>The reason why the change could not be saved; null if it is saved or still waits.</summary>
    public OciException? Failure { get; set; }

    /// <summary>The step that failed after the change was saved; null if there is none.</summary>
    public OciException? Unfinished { get; set; }

    /// <summary>The content that must be stored when the change is saved; null if there is none.</summary>
    public virtual Descriptor? Target => null;

    /// <summary>The single changes that this change makes together. Either all of them are made or none.</summary>
    public virtual IReadOnlyList<IndexChange> Parts => [this];

    public abstract void Apply(IndexTable table);
}

/// <summary>Lists a manifest.</summary>
/// <param name="target">The manifest.</param>
/// <param name="isNew">Whether the manifest was not listed. False if an unsaved change of another thread already lists it.</param>
internal sealed class ListChange(Descriptor target, bool isNew = true) : IndexChange
{
    public override Descriptor Target => target;

    public bool IsNew => isNew;

    public override void Apply(IndexTable table) => table.Add(target);
}

/// <summary>Assigns a tag to content.</summary>
internal class TagChange(Descriptor target, string tag) : IndexChange
{
    public string Tag => tag;

    public override Descriptor Target => target;

    /// <summary>The entry of the tag after the change.</summary>
    public IndexEntry? Named { get; private set; }

    public override void Apply(IndexTable table)
    {
        table.SetTag(target, tag);
        Named = table.FindTag(tag);
    }
}

/// <summary>Deletes a tag.</summary>
internal sealed class UntagChange(string tag) : IndexChange
{
    public override void Apply(IndexTable table) => table.RemoveTag(tag);
}

/// <summary>Deletes all entries of digests, because their content will be deleted.</summary>
internal sealed class RemoveChange(IReadOnlyCollection<Digest> digests) : IndexChange
{
    public override void Apply(IndexTable table)
    {
        foreach (var digest in digests) table.Remove(digest);
    }
}
