using System.Collections.Generic;
using System.Linq;
using OciLayout.Model;

namespace OciLayout.Index;

/// <summary>Adds the entries of an archive to the index, either all of them or none.</summary>
/// <param name="parts">The changes for the single entries.</param>
/// <param name="replaceTags">Whether tags that name other content are moved. Otherwise one such tag makes the whole change fail.</param>
internal sealed class ImportChange(IReadOnlyList<IndexChange> parts, bool replaceTags) : IndexChange
{
    public override IReadOnlyList<IndexChange> Parts => parts;

    public override void Apply(IndexTable table)
    {
        if (!Check(table)) return;
        foreach (var part in parts) part.Apply(table);
    }

    /// <summary>
    /// Sets <see cref="IndexChange.Failure"/> if tags name other content; clears it otherwise. Returns whether the change can be made.
    /// </summary>
    public bool Check(IndexTable table)
    {
        var taken = replaceTags ? [] : parts.OfType<TagChange>().Where(c => table.FindTag(c.Tag) is { } entry && entry.Digest != c.Target.Digest).Select(c => c.Tag).ToList();
        Failure = taken.Count > 0 ? ArchiveErrors.TagsTaken(taken) : null;
        return Failure is null;
    }
}
