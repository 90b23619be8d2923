namespace OciLayout.Index;

/// <summary>Deletes a tag.</summary>
internal sealed class UntagChange(string tag) : IndexChange
{
    public override void Apply(IndexTable table) => table.RemoveTag(tag);
}
