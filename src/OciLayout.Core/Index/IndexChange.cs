using System.Collections.Generic;

namespace OciLayout.Index;

/// <summary>
/// A change of the index. It refers to tags and digests, so it can be applied again after another process has changed the file.
/// </summary>
internal abstract class IndexChange
{
    /// <summary>The reason why the change could not be saved; null if it is saved or still waits.</summary>
    public OciException? Failure { get; set; }

    /// <summary>The step that failed after the change was saved; null if there is none.</summary>
    public OciException? Unfinished { get; set; }

    /// <summary>The content that must be stored when the change is saved; null if there is none.</summary>
    public virtual Descriptor? Target => null;

    /// <summary>The single changes that this change makes together. Either all of them are made or none.</summary>
    public virtual IReadOnlyList<IndexChange> Parts => [this];

    public abstract void Apply(IndexTable table);
}
