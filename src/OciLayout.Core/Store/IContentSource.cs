using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Store;

/// <summary>Content that can be read: a store, or a repository of a registry. The members of a store complete synchronously.</summary>
internal interface IContentSource
{
    /// <summary>The path of the layout, or the name of the repository, for messages.</summary>
    string Path { get; }

    /// <summary>The number of requests at the same time; 0 for content on a disk.</summary>
    int Requests { get; }

    /// <summary>Returns whether content exists, without verifying it. A repository answers for blobs without a request: it returns true.</summary>
    ValueTask<bool> ContainsAsync(Descriptor content, DescriptorRole role, CancellationToken cancellationToken);

    /// <summary>Reads, verifies and parses a manifest.</summary>
    ValueTask<Manifest> GetManifestAsync(Descriptor descriptor, CancellationToken cancellationToken);

    /// <summary>Reads and verifies content that is small, such as a config.</summary>
    ValueTask<byte[]> ReadAllAsync(Descriptor content, CancellationToken cancellationToken);

    /// <summary>Opens content. The bytes are not verified: the receiver verifies them.</summary>
    /// <param name="content">The content.</param>
    /// <param name="offset">The offset at which the stream starts, in bytes.</param>
    /// <param name="cancellationToken">The token that cancels opening and, for a repository, reading.</param>
    ValueTask<Stream> OpenAsync(Descriptor content, long offset, CancellationToken cancellationToken);

    /// <summary>Returns the manifests whose subject is a digest.</summary>
    ValueTask<IEnumerable<Descriptor>> GetReferrersAsync(Digest subject, CancellationToken cancellationToken);

    /// <summary>Returns the manifests that cosign attached to a digest by tags (<see cref="Referrers.DigestTag"/>). A registry gets a HEAD request for each name.</summary>
    ValueTask<IReadOnlyList<(string Tag, Descriptor Target)>> GetDigestTagsAsync(Digest subject, CancellationToken cancellationToken);
}
