using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Common;

namespace OciLayout;

/// <summary>An artifact that is built in a repository. Blobs are uploaded at once, and the manifest last.</summary>
internal sealed class RepositoryArtifact(OciRepository repository) : IArtifactTarget
{
    public long ManifestLimit => repository.Calls.Access.Options.ManifestSizeLimit;

    public Descriptor Add(PushRequest request, Stream content, Action<int> count, CancellationToken cancellationToken)
    {
        // The digest is known only when all content was read, and the registry needs it before the last byte.
        if (content.CanSeek) return Push(request, content, count, cancellationToken);
        using var file = Polyfill.CreateTemporary(Path.Combine(Path.GetTempPath(), "OciLayout-" + Guid.NewGuid().ToString("N")));
        content.CopyTo(file, cancellationToken);
        file.Position = 0;
        return Push(request, file, count, cancellationToken);
    }

    public Descriptor AddManifest(string mediaType, byte[] manifest, CancellationToken cancellationToken) =>
        Complete(new PushRequest { MediaType = mediaType }, manifest, [], cancellationToken);

    public Descriptor Complete(PushRequest request, byte[] manifest, IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(manifest);
        return repository.PushManifestAsync(content, request.MediaType, tags, cancellationToken).GetAwaiter().GetResult();
    }

    public void Discard()
    {
        // Clients cannot delete blobs of most registries. A registry deletes blobs that no manifest references.
    }

    public void Tag(Descriptor content, IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        foreach (var tag in tags) repository.TagAsync(content.Digest.ToString(), tag, cancellationToken).GetAwaiter().GetResult();
    }

    private Descriptor Push(PushRequest request, Stream content, Action<int> count, CancellationToken cancellationToken) =>
        repository.PushBlobAsync(request, content, sent => count((int)sent), cancellationToken).GetAwaiter().GetResult();
}
