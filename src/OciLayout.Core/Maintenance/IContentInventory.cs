using System;
using System.Collections.Generic;

namespace OciLayout.Maintenance;

/// <summary>One of two compared sides: a store, or a saved content list.</summary>
internal interface IContentInventory
{
    /// <summary>Gets the tags with the content they name; null if the tags are unknown.</summary>
    IReadOnlyDictionary<string, Descriptor>? Tags { get; }

    /// <summary>Gets the stored content that the side lists. The size is null if it is unknown.</summary>
    IReadOnlyDictionary<Digest, InventoryItem> Content { get; }

    /// <summary>Returns whether the side has content, listed or not.</summary>
    bool Has(Digest digest);

    /// <summary>
    /// Returns the size in bytes of the content below a root, itself included, that this side has and the other lacks; null if unknown.
    /// </summary>
    long? SizeBelow(Descriptor root, Func<Digest, bool> there);
}
