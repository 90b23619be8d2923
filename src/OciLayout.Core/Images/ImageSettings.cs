using System;
using System.Collections.Generic;
using OciLayout.Common;

namespace OciLayout;

/// <summary>
/// Changes of an image: of its configuration and of the annotations of its manifest. A member that is null or empty changes nothing.
/// </summary>
public sealed class ImageSettings
{
    /// <summary>The command that always runs. It replaces the existing one; an empty list removes it.</summary>
    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>The default arguments. They replace the existing ones; an empty list removes them.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>The ports, such as <c>80/tcp</c>. They replace the existing ones; an empty list removes them.</summary>
    public IReadOnlyList<string>? ExposedPorts { get; init; }

    /// <summary>Environment variables to set; null as a value removes one.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Environment { get; init => field = Guard.NotNull(value); } = [];

    /// <summary>Labels to set; null as a value removes one.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Labels { get; init => field = Guard.NotNull(value); } = [];

    /// <summary>Annotations of the manifest to set; null as a value removes one.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Annotations { get; init => field = Guard.NotNull(value); } = [];

    /// <summary>The user, as <c>user[:group]</c>; an empty text removes it.</summary>
    public string? User { get; init; }

    /// <summary>The working directory; an empty text removes it.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The author; an empty text removes it.</summary>
    public string? Author { get; init; }

    /// <summary>The creation time. Without it, the time changes only when a layer is added: to that of the edit.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>The layers to remove: digests of layers or of their tars, or at least seven digits of one.</summary>
    public IReadOnlyList<string> RemovedLayers { get; init => field = Guard.NotNull(value); } = [];

    /// <summary>The layers to add, in their order.</summary>
    public IReadOnlyList<LayerSource> Layers { get; init => field = Guard.NotNull(value); } = [];

    /// <summary>The time of new content when <see cref="Created"/> is null; also the time of all files of new layers when it is set.</summary>
    /// <remarks>Callers set it from <c>SOURCE_DATE_EPOCH</c>.</remarks>
    public DateTimeOffset? SourceDate { get; init; }
}
