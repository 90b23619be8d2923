using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Blobs;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Model;
using OciLayout.Referrers;
using OciLayout.Registry;
using OciLayout.Store;
using OciLayout.Transfer;

namespace OciLayout;

/// <summary>A repository of a registry (distribution-spec). Each member sends requests. Thread-safe.</summary>
public sealed class OciRepository : OciPlace
{
    private readonly ManifestCall _manifests;
    private readonly BlobCall _blobs;
    private readonly ReferrerCall _referrers;
    private readonly BlobUpload _blobUpload;
    private readonly ManifestUpload _manifestUpload;
    private readonly RepositoryAccess _access;
    private readonly RepositoryRemover _remover;

    internal OciRepository(OciRegistry registry, RegistryReference reference)
    {
        Registry = registry;
        Reference = reference;
        _access = new RepositoryAccess(registry.Client, reference, registry.Options);
        _manifests = new ManifestCall(_access);
        _blobs = new BlobCall(_access);
        _referrers = new ReferrerCall(_access, _manifests);
        _blobUpload = new BlobUpload(_access, _blobs);
        _manifestUpload = new ManifestUpload(_access, _manifests);
        Calls = new RepositoryCalls(_access, _manifests, _blobs, _referrers, _blobUpload, _manifestUpload, new FallbackTagWriter(_access, _manifests, _manifestUpload));
        Content = new RepositoryContent(Calls);
        _remover = new RepositoryRemover(Calls);
    }

    /// <summary>The registry.</summary>
    public OciRegistry Registry { get; }

    /// <summary>The repository, without a tag and a digest.</summary>
    public RegistryReference Reference { get; }

    /// <inheritdoc/>
    public override string Path => Reference.ToRepositoryString();

    /// <inheritdoc/>
    public override bool IsReadOnly => false;

    internal RepositoryCalls Calls { get; }

    internal override IContentSource Content { get; }

    /// <summary>Lists the tags in ordinal order.</summary>
    /// <param name="after">The tag after which the list starts; null for all.</param>
    /// <param name="cancellationToken">The token that cancels the requests.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>: the repository does not exist.</exception>
    public Task<IReadOnlyList<string>> GetTagsAsync(string? after = null, CancellationToken cancellationToken = default) => Calls.ListTagsAsync(after, cancellationToken);

    /// <summary>
    /// Lists the tags for the completion of a line: with a token of this process, or anonymously, without a credential helper and without a
    /// second attempt.
    /// </summary>
    internal Task<IReadOnlyList<string>> GetTagsQuietlyAsync(CancellationToken cancellationToken) => Calls.ListTagsAsync(null, cancellationToken, isQuiet: true);

    /// <summary>Returns the descriptor of the manifest that a tag or digest names.</summary>
    /// <param name="reference">The tag, or the complete digest.</param>
    /// <param name="cancellationToken">The token that cancels the request.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>: the repository has no such manifest.</exception>
    public async Task<Descriptor> ResolveAsync(string reference, CancellationToken cancellationToken = default)
    {
        CheckReference(reference);
        return await _manifests.FindAsync(reference, cancellationToken).ConfigureAwait(false)
            ?? throw RegistryErrors.NotFound(_access.NameOf(reference), reference);
    }

    /// <summary>
    /// Returns the descriptor of the manifest or blob that a tag or digest names. The registry does not know the media type of a blob.
    /// </summary>
    /// <remarks>
    /// The blob is looked for first: distribution 2.8 fails with status 500 when a blob is requested as a manifest. Some registries have
    /// manifests as blobs, too, so content that can be a manifest is also requested as one, without further attempts.
    /// </remarks>
    internal async Task<Descriptor> FindContentAsync(string reference, CancellationToken cancellationToken)
    {
        if (!Digest.TryParse(reference, out var digest)) return await ResolveAsync(reference, cancellationToken).ConfigureAwait(false);
        if (await _blobs.FindAsync(digest, cancellationToken).ConfigureAwait(false) is not (>= 0 and var size)) return await ResolveAsync(reference, cancellationToken).ConfigureAwait(false);
        return (size <= _access.Options.ManifestSizeLimit ? await FindManifestAsync().ConfigureAwait(false) : null) ?? new Descriptor(MediaTypes.OctetStream, digest, size);

        async Task<Descriptor?> FindManifestAsync()
        {
            try
            {
                return await _manifests.FindAsync(reference, cancellationToken, canRetry: false).ConfigureAwait(false);
            }
            catch (OciException)
            {
                return null;
            }
        }
    }

    /// <summary>Reads and verifies a manifest.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>, and the errors of the overload.</exception>
    internal async Task<Manifest> GetManifestAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        if (!MediaTypes.IsManifest(descriptor.MediaType)) throw ContentErrors.NotAManifest(descriptor);
        return await Content.GetManifestAsync(descriptor, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads and verifies a manifest.</summary>
    /// <param name="reference">The tag, or the complete digest.</param>
    /// <param name="cancellationToken">The token that cancels the request.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.DigestMismatch"/>,
    /// <see cref="OciErrorKind.SizeLimitExceeded"/>, <see cref="OciErrorKind.InvalidManifest"/>.</exception>
    public async Task<Manifest> GetManifestAsync(string reference, CancellationToken cancellationToken = default)
    {
        CheckReference(reference);
        var (descriptor, bytes) = await _manifests.ReadAsync(reference, cancellationToken).ConfigureAwait(false);
        return Manifest.Parse(bytes, descriptor.MediaType, _access.NameOf(reference));
    }

    /// <summary>Opens content. The stream verifies it: the read that would return the last byte fails if the digest does not match.</summary>
    /// <param name="content">The content.</param>
    /// <param name="cancellationToken">The token that cancels the transfer, also while the stream is read.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.InvalidDigest"/>.</exception>
    public async Task<Stream> FetchAsync(Descriptor content, CancellationToken cancellationToken = default)
    {
        if (content is null) throw new ArgumentNullException(nameof(content));
        var algorithm = content.Digest.KnownAlgorithm
            ?? throw ContentErrors.UnsupportedAlgorithm(content.Digest, "verify");
        var stream = MediaTypes.IsManifest(content.MediaType)
            ? new MemoryStream((await _manifests.ReadAsync(content.Digest.ToString(), cancellationToken).ConfigureAwait(false)).Bytes, writable: false)
            : await _blobs.OpenAsync(content, 0, cancellationToken).ConfigureAwait(false);
        return new VerifyingStream(stream, content.Digest, algorithm, content.Size);
    }

    /// <summary>Writes content to a file and verifies it. The file appears complete or not at all.</summary>
    /// <param name="content">The content.</param>
    /// <param name="path">The file.</param>
    /// <param name="replace">Whether an existing file may be replaced.</param>
    /// <param name="progress">Receives the number of bytes written so far.</param>
    /// <param name="cancellationToken">The token that cancels the transfer.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.AlreadyExists"/>, and the errors of <see cref="FetchAsync"/>.</exception>
    public async Task FetchToFileAsync(Descriptor content, string path, bool replace = false, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        using var stream = await FetchAsync(content, cancellationToken).ConfigureAwait(false);
        AtomicFile.Write(PhysicalFileSystem.Instance, System.IO.Path.GetFullPath(path), replace, flush: true, file =>
        {
            var done = 0L;
            stream.CopyTo(file, cancellationToken, count => progress?.Report(done += count));
        });
    }

    /// <summary>Reads content completely and verifies it.</summary>
    internal async Task<byte[]> ReadAllAsync(Descriptor content, long limit, CancellationToken cancellationToken)
    {
        if (content.Size > limit) throw ContentErrors.TooLarge(content.Digest, content.Size, limit);
        using var stream = await FetchAsync(content, cancellationToken).ConfigureAwait(false);
        using var buffer = new MemoryStream((int)content.Size);
        stream.CopyTo(buffer, cancellationToken);
        return buffer.Length == buffer.Capacity ? buffer.GetBuffer() : buffer.ToArray();
    }

    /// <summary>Returns whether the repository has content, as a blob or as a manifest.</summary>
    /// <remarks>The blob is looked for first: distribution 2.8 fails with status 500 when a blob is requested as a manifest.</remarks>
    public async Task<bool> ExistsAsync(Digest digest, CancellationToken cancellationToken = default) =>
        await _blobs.ExistsAsync(digest, cancellationToken).ConfigureAwait(false) || await _manifests.FindAsync(digest.ToString(), cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>
    /// Lists the manifests whose subject is a digest, from the referrers API or from the fallback tag, and then those that cosign attached to
    /// it by the tags <c>sha256-&lt;hex&gt;.sig</c>, <c>.att</c> and <c>.sbom</c>.
    /// </summary>
    /// <param name="subject">The subject.</param>
    /// <param name="artifactType">The artifact type of the returned manifests; null or empty for all. Manifests of cosign do not state one: it
    /// is the media type of their first layer.</param>
    /// <param name="cancellationToken">The token that cancels the requests.</param>
    public async Task<IReadOnlyList<Descriptor>> GetReferrersAsync(Digest subject, string? artifactType = null, CancellationToken cancellationToken = default)
    {
        var all = (await _referrers.ListAsync(subject, cancellationToken).ConfigureAwait(false)).ToList();
        foreach (var (tag, target) in await Content.GetDigestTagsAsync(subject, cancellationToken).ConfigureAwait(false))
        {
            if (all.Exists(d => d.Digest == target.Digest)) continue; // it also has a subject
            var (found, bytes) = await _manifests.ReadAsync(target.Digest.ToString(), cancellationToken).ConfigureAwait(false);
            all.Add(DigestTag.Describe(found, Manifest.Parse(bytes, found.MediaType, _access.NameOf(tag))));
        }

        return string.IsNullOrEmpty(artifactType) ? all : all.FindAll(d => d.ArtifactType == artifactType);
    }

    /// <summary>Uploads a blob, unless the repository already has it.</summary>
    /// <param name="blob">The descriptor of the content.</param>
    /// <param name="content">The content, which can seek: it is sent again after a lost connection.</param>
    /// <param name="progress">Receives the number of bytes that were sent.</param>
    /// <param name="cancellationToken">The token that cancels the upload.</param>
    /// <returns>Whether the repository had the blob before.</returns>
    /// <exception cref="ArgumentException">The stream cannot seek.</exception>
    /// <exception cref="OciException">The errors of the registry.</exception>
    public async Task<bool> PushBlobAsync(Descriptor blob, Stream content, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        if (blob is null) throw new ArgumentNullException(nameof(blob));
        if (content is null) throw new ArgumentNullException(nameof(content));
        if (!content.CanSeek) throw new ArgumentException("The content must be a stream that can seek.", nameof(content));
        if (await _blobs.ExistsAsync(blob.Digest, cancellationToken).ConfigureAwait(false)) return true;
        var start = content.Position;
        await _blobUpload.PushAsync(blob, Open, null, null, progress is null ? null : progress.Report, cancellationToken).ConfigureAwait(false);
        return false;

        Stream Open()
        {
            content.Position = start;
            return new UnownedStream(content);
        }
    }

    /// <summary>Uploads a blob whose digest is computed here, unless the repository already has it.</summary>
    /// <returns>The descriptor of the blob.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.DigestMismatch"/>, and the errors of the registry.</exception>
    internal async Task<Descriptor> PushBlobAsync(PushRequest request, Stream content, Action<long> sent, CancellationToken cancellationToken)
    {
        var algorithm = request.Digest?.KnownAlgorithm ?? request.Algorithm;
        using var hashing = new HashingStream(new UnownedStream(content), algorithm);
        hashing.CopyTo(Stream.Null, cancellationToken);
        var digest = hashing.Finish();
        if (request.Digest is { } expected && expected != digest) throw ContentErrors.WrongDigest(expected, digest);
        var blob = new Descriptor(request.MediaType ?? MediaTypes.OctetStream, digest, content.Length);
        if (await _blobs.ExistsAsync(digest, cancellationToken).ConfigureAwait(false)) return blob;
        await _blobUpload.PushAsync(blob, Open, null, null, sent, cancellationToken).ConfigureAwait(false);
        return blob;

        Stream Open()
        {
            content.Position = 0;
            return new UnownedStream(content);
        }
    }

    /// <summary>Stores a manifest with tags.</summary>
    internal async Task<Descriptor> PushManifestAsync(Stream content, string? mediaType, IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        if (content.Length > _access.Options.ManifestSizeLimit) throw ContentErrors.ManifestTooLarge(null, content.Length, _access.Options.ManifestSizeLimit);
        using var bytes = new MemoryStream();
        content.CopyTo(bytes, cancellationToken);
        var pushed = await PushManifestAsync(bytes.ToArray(), mediaType, tags.Count > 0 ? tags[0] : null, cancellationToken).ConfigureAwait(false);
        foreach (var tag in tags.Skip(1)) await TagAsync(pushed.Digest.ToString(), tag, cancellationToken).ConfigureAwait(false);
        return pushed;
    }

    /// <summary>Stores a manifest. All content that it references must be in the repository.</summary>
    /// <param name="bytes">The bytes, which are stored unchanged.</param>
    /// <param name="mediaType">The media type; null to take it from the document.</param>
    /// <param name="tag">The tag that the manifest gets; null for none.</param>
    /// <param name="cancellationToken">The token that cancels the requests.</param>
    /// <returns>The descriptor of the manifest.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>, and the errors of the registry.</exception>
    public async Task<Descriptor> PushManifestAsync(ReadOnlyMemory<byte> bytes, string? mediaType = null, string? tag = null, CancellationToken cancellationToken = default)
    {
        if (tag is not null) CheckTag(tag);
        var type = mediaType ?? Manifest.Sniff(bytes) ?? throw ContentErrors.NotAManifest(bytes);
        var manifest = Manifest.Parse(bytes, type);
        var descriptor = new Descriptor(type, Digest.Compute(bytes.Span), bytes.Length);
        await Calls.PushManifestAsync(descriptor, manifest, tag, cancellationToken).ConfigureAwait(false);
        return descriptor;
    }

    /// <summary>Gives a manifest a tag. A tag that exists is moved.</summary>
    /// <param name="reference">The tag or digest of the manifest.</param>
    /// <param name="tag">The new tag.</param>
    /// <param name="cancellationToken">The token that cancels the requests.</param>
    /// <returns>The descriptor of the manifest.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.InvalidReference"/>.</exception>
    public async Task<Descriptor> TagAsync(string reference, string tag, CancellationToken cancellationToken = default)
    {
        CheckReference(reference);
        CheckTag(tag);
        var (descriptor, bytes) = await _manifests.ReadAsync(reference, cancellationToken).ConfigureAwait(false);
        await _manifestUpload.PushAsync(descriptor, bytes, tag, cancellationToken).ConfigureAwait(false);
        return descriptor;
    }

    /// <summary>Deletes a tag. Its manifest stays.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>; <see cref="OciErrorKind.UnsupportedOperation"/>: the registry
    /// deletes manifests by digest only. The error names the tags that would be deleted with it.</exception>
    public Task UntagAsync(string tag, CancellationToken cancellationToken = default)
    {
        CheckTag(tag);
        return _remover.UntagAsync(tag, cancellationToken);
    }

    /// <summary>Renames a tag: stores the manifest under the new tag, and then deletes the old tag.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="newTag">The new tag.</param>
    /// <param name="replace">Whether an existing tag with the new name is moved.</param>
    /// <param name="cancellationToken">The token that cancels the requests.</param>
    /// <returns>The descriptor of the manifest.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>, <see cref="OciErrorKind.AlreadyExists"/>;
    /// <see cref="OciErrorKind.UnsupportedOperation"/>: the registry does not delete tags, and nothing was changed.</exception>
    public async Task<Descriptor> RenameTagAsync(string tag, string newTag, bool replace = false, CancellationToken cancellationToken = default)
    {
        CheckTag(tag);
        CheckTag(newTag);
        var (descriptor, bytes) = await _manifests.ReadAsync(tag, cancellationToken).ConfigureAwait(false);
        if (!replace && await _manifests.FindAsync(newTag, cancellationToken).ConfigureAwait(false) is not null) throw ReferenceErrors.TagExists(newTag, Path);
        if (tag == newTag) return descriptor;
        await _manifestUpload.RequireTagDeletionAsync(cancellationToken).ConfigureAwait(false);
        await _manifestUpload.PushAsync(descriptor, bytes, newTag, cancellationToken).ConfigureAwait(false);
        try
        {
            await UntagAsync(tag, cancellationToken).ConfigureAwait(false);
        }
        catch (OciException e) when (e.Kind != OciErrorKind.NotFound)
        {
            throw new OciException(e.Kind, $"The tag '{newTag}' was set, but the tag '{tag}' was not deleted: {e.Message}", tag, e) { Registry = e.Registry };
        }

        return descriptor;
    }

    /// <summary>
    /// Plans the deletion of a manifest with its tags, its referrers, and the manifests that cosign attached to these by tags. Changes nothing.
    /// Blobs stay: the registry collects unused blobs.
    /// </summary>
    /// <param name="reference">The tag, or the complete digest. A digest names all tags of the manifest, too.</param>
    /// <param name="options">The scope of the deletion, and the refusals to override; null for the defaults.</param>
    /// <param name="cancellationToken">The token that cancels the requests.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>; <see cref="OciErrorKind.ContentReferenced"/>: tags that were not
    /// named would be deleted; <see cref="OciErrorKind.UnsupportedOperation"/>: the content is a blob.</exception>
    public async Task<DeletionPlan> PlanDeletionAsync(string reference, DeletionOptions? options = null, CancellationToken cancellationToken = default)
    {
        CheckReference(reference);
        var target = await FindContentAsync(reference, cancellationToken).ConfigureAwait(false);
        return await _remover.PlanAsync(target, Digest.TryParse(reference, out _) ? null : reference, options ?? new DeletionOptions(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Carries out a plan. Referrers are deleted before their subjects.</summary>
    /// <param name="plan">The result of <see cref="PlanDeletionAsync"/>.</param>
    /// <param name="progress">The receiver of each manifest after it was deleted.</param>
    /// <param name="cancellationToken">The token that cancels the requests.</param>
    /// <returns>The deleted manifests.</returns>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedOperation"/>: the registry does not permit deletion;
    /// <see cref="OciErrorKind.StoreBusy"/>: the referrers changed after the plan was made.</exception>
    public Task<IReadOnlyList<RemovedItem>> DeleteAsync(DeletionPlan plan, IProgress<RemovedItem>? progress = null, CancellationToken cancellationToken = default) =>
        _remover.RunAsync(Guard.NotNull(plan), progress is null ? null : progress.Report, cancellationToken);

    /// <summary>
    /// Deletes a manifest and all its tags. Its entry in the list of referrers of its subject is deleted, too. Its own referrers and blobs
    /// stay: the registry collects unused blobs.
    /// </summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.NotFound"/>; <see cref="OciErrorKind.UnsupportedOperation"/>: the registry
    /// does not permit deletion.</exception>
    public Task DeleteAsync(Digest digest, CancellationToken cancellationToken = default) => _remover.DeleteAsync(digest, null, [], cancellationToken);

    private void CheckTag(string tag)
    {
        if (tag is null) throw new ArgumentNullException(nameof(tag));
        if (RegistryReference.IsTag(tag)) return;
        throw RegistryErrors.NotATag(tag, Reference.ToString());
    }

    private void CheckReference(string reference)
    {
        if (reference is null) throw new ArgumentNullException(nameof(reference));
        if (RegistryReference.IsTag(reference) || Digest.TryParse(reference, out _)) return;
        throw RegistryErrors.NotAReference(reference, Reference.ToString());
    }
}
