using System;
using OciLayout.Common;

namespace OciLayout;

/// <summary>
/// A repository, or a layout whose tags are whole names such as <c>docker.io/library/nginx:1.27</c>, whose tags are synchronized.
/// </summary>
public sealed class SyncSource
{
    /// <summary>Creates a source with all its tags.</summary>
    public SyncSource(OciPlace place) => Place = Guard.NotNull(place);

    /// <summary>The repository or layout.</summary>
    public OciPlace Place { get; }

    /// <summary>The only tag to copy, or its whole name in a layout; null for all. The other settings do not apply to it.</summary>
    public string? Tag { get; init; }

    /// <summary>Selects tags. In a layout, it receives the part of a whole name after the last colon. Null for all tags.</summary>
    public Func<string, bool>? Filter { get; init; }

    /// <summary>The number of the highest versions to copy of each repository; null for all tags. Prereleases come after all releases.</summary>
    public int? Latest { get; init; }
}
