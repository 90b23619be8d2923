using System.Collections.Generic;

namespace OciLayout.Index;

/// <summary>Deletes all entries of digests, because their content will be deleted.</summary>
internal sealed class RemoveChange(IReadOnlyCollection<Digest> digests) : IndexChange
{
    public override void Apply(IndexTable table)
    {
        foreach (var digest in digests) table.Remove(digest);
    }
}
