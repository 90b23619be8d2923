using System;
using System.Collections.Generic;
using OciLayout.Common;

namespace OciLayout;

/// <summary>The settings of an export.</summary>
public sealed record ExportOptions
{
    /// <summary>The tags and digests to export, with all content below them; null exports the whole store.</summary>
    public IReadOnlyList<string>? References { get; init; }

    /// <summary>
    /// The platform whose image is exported from an index, under the tag of the index; null exports all platforms. Without references, all
    /// tags are exported this way.
    /// </summary>
    public Platform? Platform { get; init; }

    /// <summary>
    /// Whether the referrers of the content are exported, and their referrers. An export of the whole store always has them.
    /// </summary>
    public bool IncludeReferrers { get; init; }

    /// <summary>Returns whether the other side has a digest, so that it is left out.</summary>
    public Func<Digest, bool>? Exclude { get; init; }

    /// <summary>Content that the other side has with everything below it. All of it is left out.</summary>
    public IReadOnlyCollection<Digest> ExcludeBelow { get; init => field = Guard.NotNull(value); } = [];

    /// <summary>Whether the archive gets a <c>manifest.json</c> for <c>docker load</c>.</summary>
    public bool DockerCompatible { get; init; }

    /// <summary>The repository that <c>docker load</c> gives to tags that do not name one.</summary>
    public string RepositoryName { get; init => field = Guard.NotNull(value); } = "localhost/layout";
}
