using OciLayout.Model;

namespace OciLayout.Index;

/// <summary>Moves a tag from the content that was edited to the result. If the tag names other content by now, the change fails.</summary>
/// <param name="target">The result.</param>
/// <param name="tag">The tag.</param>
/// <param name="edited">The content that was edited.</param>
internal sealed class MoveTagChange(Descriptor target, string tag, Digest edited) : TagChange(target, tag)
{
    public override void Apply(IndexTable table)
    {
        // Runs again on the index of another process, which may have moved or deleted the tag since.
        var current = table.FindTag(Tag)?.Digest;
        Failure = current == edited || current == Target.Digest ? null : ReferenceErrors.TagMoved(Tag, edited, current);
        if (Failure is null) base.Apply(table);
    }
}
