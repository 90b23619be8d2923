using System;
using OciLayout.Model;

namespace OciLayout.Blobs;

/// <summary>
/// Verified content in <c>ingest/</c> that is not visible yet, or stored content that was found for a push that is not acknowledged yet.
/// </summary>
internal sealed class StagedBlob
{
    public StagedBlob(string? path, Descriptor descriptor, ManifestNode? node)
    {
        Path = path;
        Descriptor = descriptor;
        Node = node;
        AlreadyExisted = path is null;
    }

    /// <summary>The path in <c>ingest/</c>; null if the content was found in the store.</summary>
    public string? Path { get; }

    public Descriptor Descriptor { get; }

    /// <summary>The references of the content if it is a manifest; otherwise null.</summary>
    public ManifestNode? Node { get; }

    public object? UserState { get; init; }

    /// <summary>Whether the content was already stored, either when it was staged or when it was published.</summary>
    public bool AlreadyExisted { get; set; }

    /// <summary>Whether the caller keeps this object. The batch then does not return a result for it.</summary>
    public bool IsOwn { get; set; }

    /// <summary>Whether the content was not read, because it is a hard link to a file of another store.</summary>
    public bool IsUnverified { get; init; }

    /// <summary>The partial content that the blob was made of; null if it was not downloaded. <see cref="Path"/> can be one of its files.</summary>
    public PartialBlob? Partial { get; init; }

    /// <summary>The reason why the content was not published; null if it was published or is still staged.</summary>
    public Exception? Failure { get; set; }
}
