using System;

namespace OciLayout.Tests.Registry.Server;

/// <summary>The features that a test registry supports. The defaults are those of the specification.</summary>
internal sealed class RegistryFeatures
{
    /// <summary>Whether the registry has the referrers API and keeps the lists of referrers itself.</summary>
    public bool HasReferrers { get; set; } = true;

    /// <summary>Whether tags can be deleted.</summary>
    public bool DeletesTags { get; set; } = true;

    /// <summary>Whether a manifest is deleted only after its tags, as registries of Google do.</summary>
    public bool DeletesTagsFirst { get; set; }

    /// <summary>Whether manifests can be deleted.</summary>
    public bool DeletesManifests { get; set; } = true;

    /// <summary>The largest number of names on a page.</summary>
    public int PageSize { get; set; } = int.MaxValue;

    /// <summary>Whether a page with more to come has a <c>Link</c> header.</summary>
    public bool LinksPages { get; set; } = true;

    /// <summary>Whether names are listed in descending order.</summary>
    public bool IsUnsorted { get; set; }

    /// <summary>Whether the registry reports how much of an upload it has.</summary>
    public bool ReportsUploads { get; set; } = true;

    /// <summary>The smallest part of an upload in bytes, but for the last one; null for none.</summary>
    public long? SmallestChunk { get; set; }

    /// <summary>The largest body of a request in bytes.</summary>
    public long LargestBody { get; set; } = long.MaxValue;

    /// <summary>Makes the location of an upload from its path and query.</summary>
    public Func<string, string> Location { get; set; } = path => path;
}
