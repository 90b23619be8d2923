using System;
using System.Collections.Generic;

namespace OciLayout.Model;

/// <summary>The validated members of a descriptor in a document, and its position there. For callers that need no object.</summary>
internal struct DescriptorFields
{
    public string MediaType;
    public Digest Digest;
    public long Size;
    public string? ArtifactType;
    public Platform? Platform;
    public IReadOnlyDictionary<string, string>? Annotations;
    public IReadOnlyList<string>? Urls;
    public int Start;
    public int Length;

    /// <summary>Creates the descriptor, which keeps its part of the document as JSON.</summary>
    public readonly Descriptor ToDescriptor(ReadOnlyMemory<byte> document) => new(MediaType, Digest, Size)
    {
        ArtifactType = ArtifactType,
        Platform = Platform,
        UnsharedAnnotations = Annotations ?? Descriptor.NoAnnotations,
        Urls = Urls ?? [],
        Json = document.Slice(Start, Length),
    };
}
