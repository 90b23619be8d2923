namespace OciLayout.Index;

/// <summary>Adds an entry without a tag, including its annotations.</summary>
internal sealed class EntryChange(Descriptor target) : IndexChange
{
    public override Descriptor Target => target;

    public override void Apply(IndexTable table) => table.AddEntry(target);
}
