using System;
using System.Collections.Generic;
using OciLayout.Common;

namespace OciLayout;

/// <summary>The properties of an artifact other than its files.</summary>
public sealed class ArtifactOptions
{
    /// <summary>The type of the artifact. It is required unless the config has a type.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>A stored config; null for the empty config.</summary>
    public Descriptor? Config { get; init; }

    /// <summary>The manifest that the artifact is attached to.</summary>
    public Descriptor? Subject { get; init; }

    /// <summary>The annotations. The builder adds the time of creation when it is missing.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init => field = Guard.NotNull(value); } = Descriptor.NoAnnotations;

    /// <summary>The time of creation.</summary>
    public DateTimeOffset Created { get; init; } = DateTimeOffset.UtcNow;
}
