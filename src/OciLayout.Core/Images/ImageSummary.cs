using System;
using System.Collections.Generic;
using OciLayout.Common;

namespace OciLayout;

/// <summary>The data that a list of tags shows about an image, an index of images, or an artifact.</summary>
/// <param name="Created">The creation time: of an index, that of the newest image; of an artifact, its annotation. Null when there is none.</param>
/// <param name="Platforms">The platforms of the images, without duplicates.</param>
/// <param name="TotalSize">The number of bytes of the configurations and layers, each digest once. Images of an index that are not stored are left out.</param>
public sealed record ImageSummary(DateTimeOffset? Created, IReadOnlyList<Platform> Platforms, long TotalSize)
{
    /// <summary>The platforms of the images, without duplicates.</summary>
    public IReadOnlyList<Platform> Platforms { get; init => field = Guard.NotNull(value); } = Guard.NotNull(Platforms);
}
