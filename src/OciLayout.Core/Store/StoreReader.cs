using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Files;
using OciLayout.Index;
using OciLayout.Model;
using OciLayout.Referrers;

namespace OciLayout.Store;

/// <summary>
/// Reads a store: resolves references, reads manifests, and lists tags and referrers. <see cref="StoreWriter"/> changes a store.
/// </summary>
internal sealed class StoreReader : IContentSource
{
    private FallbackIndexes? _fallbackIndexes;

    public StoreReader(StoreState state, string path, long manifestLimit)
    {
        State = state;
        Path = path;
        ManifestLimit = manifestLimit;
        Resolver = new Resolver(state.Index, state.Blobs, state.Graph, manifestLimit);
    }

    public StoreState State { get; }

    /// <summary>The path by which the store was opened, for messages.</summary>
    public string Path { get; }

    /// <summary>The size limit for manifests, in bytes.</summary>
    public long ManifestLimit { get; }

    public Resolver Resolver { get; }

    /// <summary>Returns whether content is stored, without verifying it.</summary>
    public bool Exists(Digest digest) => State.Blobs.Find(digest) is not null;

    /// <summary>
    /// Returns the path of a blob's file, so that a copy can share its bytes. Null if the blob is not a regular file of its own.
    /// </summary>
    public string? FileOf(Digest digest) =>
        !State.IsArchive && State.Files.Stat(State.Directory.PathOf(digest)) is { Kind: FileKind.File, IsLink: false } ? State.Directory.PathOf(digest).ToString() : null;

    /// <summary>Reads and verifies content.</summary>
    public byte[] ReadAll(Descriptor descriptor, long limit, CancellationToken cancellationToken) =>
        State.Blobs.ReadAll(descriptor.Digest, descriptor.Size, limit, cancellationToken);

    /// <summary>Reads, verifies and parses a manifest.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>: the media type is not that of a manifest.</exception>
    public Manifest GetManifest(Descriptor descriptor, CancellationToken cancellationToken)
    {
        if (!MediaTypes.IsManifest(descriptor.MediaType))
            throw ContentErrors.NotAManifest(descriptor);

        return Manifest.Parse(ReadAll(descriptor, ManifestLimit, cancellationToken), descriptor.MediaType, descriptor.Digest.ToString());
    }

    /// <summary>Resolves a tag, a digest or a digest prefix. The descriptor of a tag keeps the annotation that holds the tag.</summary>
    public Descriptor Resolve(string reference, bool allowBarePrefix, CancellationToken cancellationToken) =>
        Resolver.Resolve(reference, allowBarePrefix, cancellationToken, asStored: true);

    /// <summary>Returns the tags in ordinal order, only those greater than <paramref name="after"/>.</summary>
    public IReadOnlyList<IndexListing> GetTags(string? after = null) => IndexListing.OfTags(State.Index.Read(table => table.Tagged()), after);

    /// <summary>Returns the content that a tag names; null if the tag does not exist or its entry is malformed.</summary>
    public Descriptor? FindTag(string tag) => State.Index.Read(table => table.FindTag(tag)) is { Problem: null } entry ? entry.ToDescriptor() : null;

    /// <summary>Throws the error of a tag that cannot be renamed.</summary>
    public void CheckRename(string tag, string newTag, bool replace)
    {
        if (State.Index.Read(new RenameChange(tag, newTag, replace, State.Index.Root).Check) is { } failure) throw failure;
    }

    /// <summary>Returns the fallback indexes, as the index of the store lists them now.</summary>
    /// <remarks>A copy of many roots asks for each of them, so the answer is kept until the index changes.</remarks>
    public FallbackIndexes GetFallbackIndexes()
    {
        var entries = State.Entries().Entries;
        var last = Volatile.Read(ref _fallbackIndexes);
        if (last is not null && ReferenceEquals(last.Entries, entries)) return last;
        last = new FallbackIndexes(entries, State.Blobs, ManifestLimit);
        Volatile.Write(ref _fallbackIndexes, last);
        return last;
    }

    /// <summary>Returns the referrers of content, including those that only a fallback index lists.</summary>
    public IEnumerable<Descriptor> GetReferrers(Digest subject, CancellationToken cancellationToken) =>
        State.Graph.Query(State.Entries(), ManifestLimit, cancellationToken).DescribeReferrers(subject, cancellationToken);

    /// <summary>Lists the referrers of content, then the manifests that are attached to it by digest tags.</summary>
    public IReadOnlyList<Descriptor> ListReferrers(Digest subject, CancellationToken cancellationToken)
    {
        var result = GetReferrers(subject, cancellationToken).ToList(); // each digest once
        var attached = State.Entries().Attached(subject).Where(e => Exists(e.Digest)).ToList();
        if (attached.Count == 0) return result;
        var seen = new HashSet<DigestValue>(result.Select(r => r.Digest.Value));
        result.AddRange(attached.Where(e => seen.Add(e.Digest.Value)).Select(e => Describe(e.ToDescriptor(), cancellationToken)));
        return result;
    }

    private Descriptor Describe(Descriptor attached, CancellationToken cancellationToken)
    {
        try
        {
            return DigestTag.Describe(attached, GetManifest(attached, cancellationToken));
        }
        catch (OciException)
        {
            return attached.ToPlain(); // the tag tells what a corrupt manifest is attached to
        }
    }

    /// <summary>Returns the stored manifests that are attached to content by digest tags.</summary>
    public IEnumerable<(string Tag, Descriptor Target)> GetDigestTags(Digest subject) =>
        State.Entries().Attached(subject).Where(e => Exists(e.Digest)).Select(e => (e.Tag!, e.ToDescriptor()));

    int IContentSource.Requests => 0;

    ValueTask<bool> IContentSource.ContainsAsync(Descriptor content, DescriptorRole role, CancellationToken cancellationToken) => new(Exists(content.Digest));

    ValueTask<Manifest> IContentSource.GetManifestAsync(Descriptor descriptor, CancellationToken cancellationToken) => new(GetManifest(descriptor, cancellationToken));

    ValueTask<byte[]> IContentSource.ReadAllAsync(Descriptor content, CancellationToken cancellationToken) => new(ReadAll(content, ManifestLimit, cancellationToken));

    ValueTask<Stream> IContentSource.OpenAsync(Descriptor content, long offset, CancellationToken cancellationToken)
    {
        var stream = State.Blobs.OpenUnverified(content.Digest, content.Size);
        if (offset > 0) stream.Position = offset;
        return new(stream);
    }

    ValueTask<IEnumerable<Descriptor>> IContentSource.GetReferrersAsync(Digest subject, CancellationToken cancellationToken) => new(GetReferrers(subject, cancellationToken));

    ValueTask<IReadOnlyList<(string Tag, Descriptor Target)>> IContentSource.GetDigestTagsAsync(Digest subject, CancellationToken cancellationToken) => new([.. GetDigestTags(subject)]);
}
