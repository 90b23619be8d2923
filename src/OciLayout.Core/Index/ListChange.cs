namespace OciLayout.Index;

/// <summary>Lists a manifest.</summary>
/// <param name="target">The manifest.</param>
/// <param name="isNew">Whether the manifest was not listed. False if an unsaved change of another thread already lists it.</param>
internal sealed class ListChange(Descriptor target, bool isNew = true) : IndexChange
{
    public override Descriptor Target => target;

    public bool IsNew => isNew;

    public override void Apply(IndexTable table) => table.Add(target);
}
