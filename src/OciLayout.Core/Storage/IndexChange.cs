using System.Collections.Generic;
using System.Linq;

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

/// <summary>A tag names something unless it names something else already; then that fails, and the content is listed without it.</summary>
internal sealed class AddTagChange(Descriptor target, string tag) : TagChange(target, tag)
{
    public override void Apply(IndexTable table)
    {
        Failure = Conflict(table.FindTag(Tag), Target.Digest) ? AlreadyNames([Tag]) : null;
        if (Failure is not null) table.Add(Target);
        else if (table.FindTag(Tag) is null) base.Apply(table);
    }

    /// <summary>Whether an entry holds a tag back from other content.</summary>
    public static bool Conflict(IndexEntry? entry, Digest wanted) => entry is not null && entry.Digest != wanted;

    public static OciException AlreadyNames(IReadOnlyList<string> tags)
    {
        var names = string.Join(", ", tags.Take(5).Select(t => $"'{Digest.Shorten(t)}'")) + (tags.Count > 5 ? ", …" : "");
        return new OciException(OciErrorKind.AlreadyExists, $"{(tags.Count == 1 ? "The tag" : $"{tags.Count} tags")} {names} of the archive {(tags.Count == 1 ? "names" : "name")} other content in the store.", tags[0]) { Related = tags };
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
