using System;
using System.Collections.Generic;

namespace OciLayout.Maintenance;

/// <summary>One of two that are compared: a store, or a list that somebody saved of one.</summary>
internal interface ISide
{
    /// <summary>The tags with what they name; null when nothing is known of tags.</summary>
    IReadOnlyDictionary<string, Descriptor>? Tags { get; }

    /// <summary>What it lists, and all of that which is stored; the length is null when it is not known.</summary>
    IReadOnlyDictionary<Digest, SideContent> Content { get; }

    /// <summary>Whether it holds content, listed or not.</summary>
    bool Has(Digest digest);

    /// <summary>The bytes of all that content needs, itself included, and that is stored here and not there; null when nobody knows.</summary>
    long? SizeBelow(Descriptor root, Func<Digest, bool> there);
}

/// <summary>What is known of content.</summary>
internal readonly record struct SideContent(long? Size, string? MediaType, bool IsManifest);
