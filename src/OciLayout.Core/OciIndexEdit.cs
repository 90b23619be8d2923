using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;
using OciLayout.Images;
using OciLayout.Model;

namespace OciLayout;

/// <summary>
/// Adds members to an index, removes members, and changes its annotations. The result is a copy. Its format is kept (OCI or Docker), and so
/// are the bytes of the other members and of unknown parts of the document.
/// </summary>
public sealed class OciIndexEdit
{
    private readonly OciPlace _place;
    private readonly Descriptor _root;
    private readonly byte[]? _bytes;

    private OciIndexEdit(OciPlace place, Descriptor root, byte[]? bytes, IReadOnlyList<Descriptor> added, IReadOnlyList<Descriptor> removed)
    {
        _place = place;
        _root = root;
        _bytes = bytes;
        Added = added;
        Removed = removed;
    }

    /// <summary>The members to add.</summary>
    public IReadOnlyList<Descriptor> Added { get; }

    /// <summary>The members to remove. Attestations of BuildKit about a removed image are among them.</summary>
    public IReadOnlyList<Descriptor> Removed { get; }

    /// <summary>Whether the result is another index.</summary>
    public bool IsChanged => _bytes is not null;

    /// <summary>
    /// The tag by which the content was found; null for none. The result gets this tag only if it still names that content. Otherwise, the
    /// batch fails with <see cref="OciErrorKind.TagMoved"/> when it is committed, so that the change of another process is not lost. In a
    /// repository, the tag is compared just before the result is pushed.
    /// </summary>
    public string? Tag { get; set; }

    /// <summary>Reads the index and the images to add, and plans the changes. Nothing is written.</summary>
    /// <param name="place">The layout or repository.</param>
    /// <param name="root">The index.</param>
    /// <param name="changes">The changes.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UnsupportedMediaType"/>: the root is not an index, or content to add is neither an
    /// image nor an index; <see cref="OciErrorKind.NotFound"/>: a member to remove does not exist;
    /// <see cref="OciErrorKind.AmbiguousReference"/>: it is not unique; <see cref="OciErrorKind.AlreadyExists"/>: another member has the
    /// platform of an image to add; <see cref="OciErrorKind.InvalidManifest"/>: its platform is unknown, or the index would have no members;
    /// <see cref="OciErrorKind.UnsupportedOperation"/>: annotations of a Docker manifest list; and the errors of the registry.</exception>
    public static async Task<OciIndexEdit> PlanAsync(OciPlace place, Descriptor root, IndexChanges changes, CancellationToken cancellationToken = default)
    {
        Guard.NotNull(place);
        Guard.NotNull(changes);
        ImageSettingsCheck.CheckAnnotations(changes.Annotations);
        if (Guard.NotNull(root).Kind is not (ManifestKind.Index or ManifestKind.DockerList)) throw ArtifactErrors.NotAnIndex(root);
        if (root.Kind == ManifestKind.DockerList && changes.Annotations.Count > 0) throw ArtifactErrors.DockerListAnnotations(root.Digest);
        var index = await place.Content.GetManifestAsync(root, cancellationToken).ConfigureAwait(false);
        var removed = await FindAsync(place, root, index, changes.Removed, cancellationToken).ConfigureAwait(false);
        var kept = index.Manifests.Where((_, i) => !removed.Contains(i)).ToList();
        var builder = new OciIndexBuilder(place, kept);
        foreach (var addition in changes.Added) await builder.AddAsync(Guard.NotNull(addition.Key), addition.Value, cancellationToken).ConfigureAwait(false);
        if (builder.Count == 0 && removed.Count > 0) throw ArtifactErrors.NoMembers(root.Digest);
        List<Descriptor> added = [.. builder.Members.Skip(kept.Count)];
        var text = new JsonText(index.Bytes);
        text.ChangeElements(removed.Contains, null, "manifests");
        foreach (var member in added) text.Append(JsonText.Of(member), "manifests");
        var isChanged = removed.Count + added.Count > 0;
        foreach (var annotation in changes.Annotations) isChanged |= text.Set(annotation.Value is null ? null : JsonText.Of(annotation.Value), "annotations", annotation.Key);
        return new OciIndexEdit(place, root, isChanged ? text.Bytes : null, added, [.. removed.Select(i => index.Manifests[i])]);
    }

    /// <summary>Counts the manifests that are attached to the index, such as signatures. They do not apply to the result.</summary>
    public async Task<int> CountReferrersAsync(CancellationToken cancellationToken = default) =>
        (await _place.Content.GetReferrersAsync(_root.Digest, cancellationToken).ConfigureAwait(false)).Select(r => r.Digest).Distinct().Count();

    /// <summary>Writes the result to the store. Blocks the thread.</summary>
    /// <param name="batch">A batch of the store that the index was read from. It stores the result when it is committed.</param>
    /// <param name="tags">The tags of the result; null for none.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    /// <returns>The result; the same index as before when nothing changed. Nothing is written then, except for tags.</returns>
    public Descriptor Run(OciBatch batch, IReadOnlyList<string>? tags = null, CancellationToken cancellationToken = default) =>
        Run(new BatchArtifact(Guard.NotNull(batch), (Tag, _root.Digest)), tags ?? [], cancellationToken);

    /// <summary>Writes the result to the repository that the index was read from. Blocks the thread.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="tags">The tags of the result; null for none.</param>
    /// <param name="cancellationToken">The token that cancels the operation.</param>
    /// <returns>The result; the same index as before when nothing changed.</returns>
    public Descriptor Run(OciRepository repository, IReadOnlyList<string>? tags = null, CancellationToken cancellationToken = default) =>
        Run(new RepositoryArtifact(Guard.NotNull(repository), (Tag, _root.Digest)), tags ?? [], cancellationToken);

    private Descriptor Run(IArtifactTarget target, IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        if (_bytes is not null) return target.Complete(new PushRequest { MediaType = _root.MediaType, AsManifest = true }, _bytes, tags, cancellationToken);
        target.Tag(_root, tags, cancellationToken);
        return _root;
    }

    private static async Task<SortedSet<int>> FindAsync(OciPlace place, Descriptor root, Manifest index, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var members = new IndexMembers(place.Content, index);
        var found = new SortedSet<int>();
        foreach (var name in names)
        {
            var named = await members.FindAsync(Guard.NotNull(name), cancellationToken).ConfigureAwait(false);
            if (named.Count == 0 && await OfTagAsync(place, name, cancellationToken).ConfigureAwait(false) is { } content) named = await members.FindAsync(content.ToString(), cancellationToken).ConfigureAwait(false);
            if (named.Count == 0) throw ArtifactErrors.MemberNotFound(root.Digest, name, await members.DescribeAsync(cancellationToken).ConfigureAwait(false));
            found.UnionWith(named);
        }

        members.AddAttestations(found);
        return found;
    }

    // A name that is not a member of the index can be the tag of one.
    private static async Task<Digest?> OfTagAsync(OciPlace place, string name, CancellationToken cancellationToken)
    {
        try
        {
            return (place is OciRepository repository ? await repository.ResolveAsync(name, cancellationToken).ConfigureAwait(false) : ((OciStore)place).Resolve(name, allowBarePrefix: false, cancellationToken)).Digest;
        }
        catch (OciException e) when (e.Kind is OciErrorKind.NotFound or OciErrorKind.InvalidReference or OciErrorKind.InvalidDigest && e.Registry?.Status is null or 404)
        {
            return null;
        }
    }
}
