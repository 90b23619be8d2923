using System;
using System.Collections.Generic;
using OciLayout.Common;
using OciLayout.Images;

namespace OciLayout;

/// <summary>The configuration of an image (image-spec, config), with the bytes from which it was read. Immutable.</summary>
public sealed class ImageConfig
{
    internal ImageConfig(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    /// <summary>The stored bytes. Members that this class does not know are preserved in them.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The bytes as text.</summary>
    public string Json => Bytes.Span.DecodeUtf8();

    /// <summary>The platform; null when the configuration does not state both the operating system and the architecture.</summary>
    public Platform? Platform { get; internal init; }

    /// <summary>The creation time; null when it is missing or is not a date.</summary>
    public DateTimeOffset? Created { get; internal init; }

    /// <summary>The author; null when it is missing.</summary>
    public string? Author { get; internal init; }

    /// <summary>The command that always runs; empty when there is none.</summary>
    public IReadOnlyList<string> Entrypoint { get; internal init; } = [];

    /// <summary>The default arguments of the entry point, or the command of an image without an entry point.</summary>
    public IReadOnlyList<string> Command { get; internal init; } = [];

    /// <summary>The environment variables in their order. An entry without <c>=</c> has the value null.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Environment { get; internal init; } = [];

    /// <summary>The labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; internal init; } = Descriptor.NoAnnotations;

    /// <summary>The working directory; null when it is missing.</summary>
    public string? WorkingDirectory { get; internal init; }

    /// <summary>The user, as <c>user[:group]</c>; null when it is missing.</summary>
    public string? User { get; internal init; }

    /// <summary>The ports, such as <c>80/tcp</c>.</summary>
    public IReadOnlyList<string> ExposedPorts { get; internal init; } = [];

    /// <summary>The directories of volumes.</summary>
    public IReadOnlyList<string> Volumes { get; internal init; } = [];

    /// <summary>The signal that stops a container; null when it is missing.</summary>
    public string? StopSignal { get; internal init; }

    /// <summary>The digests of the layers without compression, from the bottom to the top. A malformed digest is null.</summary>
    public IReadOnlyList<Digest?> DiffIds { get; internal init; } = [];

    /// <summary>The history, from the oldest step to the newest.</summary>
    public IReadOnlyList<ImageHistory> History { get; internal init; } = [];

    /// <summary>Parses a configuration.</summary>
    /// <param name="bytes">The document. It is kept, not copied.</param>
    /// <param name="name">The name of the document for messages, usually its digest.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>: the document is not the configuration of an image.</exception>
    public static ImageConfig Parse(ReadOnlyMemory<byte> bytes, string name = "the configuration") => ImageConfigReader.Read(bytes, Guard.NotNull(name));
}
