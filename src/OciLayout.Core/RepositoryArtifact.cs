using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout;

/// <summary>An artifact that is built in a repository. Blobs are uploaded at once, and the manifest last.</summary>
/// <param name="repository">The repository.</param>
/// <param name="edited">A tag and the content that it named when this content was edited. The tag is set only if it still names it.</param>
internal sealed class RepositoryArtifact(OciRepository repository, (string? Tag, Digest Content) edited = default) : IArtifactTarget
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
        CheckNotMoved(tags, cancellationToken);
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

    // A registry has no conditional update of a tag, so a change at the same moment is still lost.
    private void CheckNotMoved(IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        if (edited.Tag is not { } tag || !tags.Contains(tag)) return;
        var current = Find(tag, cancellationToken);
        if (current != edited.Content) throw ReferenceErrors.TagMoved(tag, edited.Content, current);
    }

    private Digest? Find(string tag, CancellationToken cancellationToken)
    {
        try
        {
            return repository.ResolveAsync(tag, cancellationToken).GetAwaiter().GetResult().Digest;
        }
        catch (OciException e) when (e.Kind == OciErrorKind.NotFound)
        {
            return null;
        }
    }

    private Descriptor Push(PushRequest request, Stream content, Action<int> count, CancellationToken cancellationToken) =>
        repository.PushBlobAsync(request, content, sent => count((int)sent), cancellationToken).GetAwaiter().GetResult();
}
