using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using OciLayout.Blobs;
using OciLayout.Common;

namespace OciLayout;

/// <summary>An artifact that is built in a batch of a store.</summary>
/// <param name="batch">The batch.</param>
/// <param name="edited">A tag and the content that it named when this content was edited. The tag is set only if it still names it.</param>
internal sealed class BatchArtifact(OciBatch batch, (string? Tag, Digest Content) edited = default) : IArtifactTarget
{
    private readonly List<StagedBlob> _staged = [];

    public long ManifestLimit => batch.Store.Reader.ManifestLimit;

    public Descriptor Add(PushRequest request, Stream content, Action<int> count, CancellationToken cancellationToken)
    {
        using var metered = new MeteredStream(new UnownedStream(content), count);
        var staged = batch.StageOwn(request, metered, cancellationToken);
        _staged.Add(staged);
        return staged.Descriptor;
    }

    // Without its media type it is a blob, which the index of the layout does not list.
    public Descriptor AddManifest(string mediaType, byte[] manifest, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(manifest);
        var added = Add(new PushRequest { MediaType = MediaTypes.OctetStream }, content, _ => { }, cancellationToken);
        return new Descriptor(mediaType, added.Digest, added.Size);
    }

    public Descriptor Complete(PushRequest request, byte[] manifest, IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(manifest);
        var artifact = batch.StageOwn(request, content, cancellationToken);
        _staged.Add(artifact);
        batch.Publish(_staged, cancellationToken);
        Tag(artifact.Descriptor, tags, cancellationToken);
        return artifact.Descriptor;
    }

    public void Discard() => batch.Discard(_staged);

    public void Tag(Descriptor content, IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        foreach (var tag in tags) batch.Tag(content, tag, tag == edited.Tag ? edited.Content : null, cancellationToken);
    }
}
