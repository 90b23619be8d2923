using System.Linq;
using OciLayout.Model;

namespace OciLayout.Index;

/// <summary>Gives the entry of a tag another tag. The entry keeps its position and its other annotations.</summary>
/// <param name="tag">The tag.</param>
/// <param name="newTag">The new tag.</param>
/// <param name="replace">Whether an existing tag with the new name is moved. Otherwise it makes the change fail.</param>
/// <param name="root">The store, for messages.</param>
internal sealed class RenameChange(string tag, string newTag, bool replace, string root) : IndexChange
{
    public override void Apply(IndexTable table)
    {
        Failure = Check(table);
        if (Failure is not null || tag == newTag) return;

        // The name for containerd is a form of the old tag.
        var entry = table.FindTag(tag)!;
        var target = entry.ImageName is null ? entry.ToDescriptor() : DescriptorAnnotations.WithImageName(entry.ToDescriptor(), null);
        table.RemoveTag(tag);
        table.SetTag(target, newTag);
    }

    /// <summary>Returns the reason why the tag cannot be renamed; null if there is none. Another process may change the tags until the change is saved.</summary>
    public OciException? Check(IndexTable table)
    {
        if (table.FindTag(tag) is not { NamesItself: false } entry) return ReferenceErrors.TagNotFound(tag, root, table.Tagged().Select(e => e.Tag!));
        if (entry.Problem is not null) return entry.Malformed();
        return !replace && table.FindTag(newTag) is not null ? ReferenceErrors.TagExists(newTag, root) : null;
    }
}
