using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;

namespace OciLayout;

/// <summary>The place of an artifact that is built: a batch of a store, or a repository.</summary>
internal interface IArtifactTarget
{
    /// <summary>The size limit for manifests and configurations, in bytes. Larger ones could not be read again.</summary>
    long ManifestLimit { get; }

    /// <summary>Takes content below the manifest. It may become visible with the manifest only.</summary>
    /// <param name="request">The known properties of the content.</param>
    /// <param name="content">The content.</param>
    /// <param name="count">Called with the number of bytes after each block that is read or sent.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    Descriptor Add(PushRequest request, Stream content, Action<int> count, CancellationToken cancellationToken);

    /// <summary>Takes the manifest of a member of an index, which is completed later.</summary>
    Descriptor AddManifest(string mediaType, byte[] manifest, CancellationToken cancellationToken);

    /// <summary>Makes the content visible, and stores the manifest with its tags.</summary>
    Descriptor Complete(PushRequest request, byte[] manifest, IReadOnlyList<string> tags, CancellationToken cancellationToken);

    /// <summary>Deletes content that was taken and is not visible, because the artifact could not be built.</summary>
    void Discard();

    /// <summary>Sets tags of content that exists.</summary>
    void Tag(Descriptor content, IReadOnlyList<string> tags, CancellationToken cancellationToken);
}
