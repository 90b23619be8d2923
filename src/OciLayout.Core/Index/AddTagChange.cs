namespace OciLayout.Index;

/// <summary>
/// Adds a tag. If the tag already names the content, its entry stays unchanged, and different annotations get an entry of their own.
/// </summary>
internal sealed class AddTagChange(Descriptor target, string tag) : TagChange(target, tag)
{
    public override void Apply(IndexTable table)
    {
        if (table.FindTag(Tag) is { IsPlain: false } entry && entry.Digest == Target.Digest) table.AddEntry(Target);
        else base.Apply(table);
    }
}
