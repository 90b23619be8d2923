namespace OciLayout.Index;

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
