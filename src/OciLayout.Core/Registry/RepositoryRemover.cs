using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Model;
using OciLayout.Referrers;

namespace OciLayout.Registry;

/// <summary>
/// Plans and carries out the deletion of a manifest with its referrers. A registry deletes a manifest with all its tags, and its own garbage
/// collection deletes blobs.
/// </summary>
internal sealed class RepositoryRemover(RepositoryCalls calls)
{
    // The error of registries of Google for a manifest that has a tag.
    private const string HasTags = "GOOGLE_MANIFEST_DANGLING_TAG";

    /// <summary>The largest number of tags that are resolved for an error message.</summary>
    private const int MostTags = 1000;

    /// <summary>Plans a deletion. All tags are resolved, because a deletion takes all tags of a manifest.</summary>
    /// <param name="target">The manifest.</param>
    /// <param name="tag">The tag that named it; null if a digest named it, and with it all its tags.</param>
    /// <param name="options">The options. Referrers are deleted, too, unless that option is false.</param>
    /// <param name="cancellationToken">The token that cancels the requests.</param>
    public async Task<DeletionPlan> PlanAsync(Descriptor target, string? tag, DeletionOptions options, CancellationToken cancellationToken)
    {
        if (!MediaTypes.IsManifest(target.MediaType))
            throw RegistryErrors.DeletesNoBlobs(target.Digest);
        var names = await calls.ListTagsAsync(null, cancellationToken).ConfigureAwait(false);
        var tags = (await calls.FindAsync(names, cancellationToken).ConfigureAwait(false)).ToList();
        var planned = new Dictionary<Digest, RemovedItem> { [target.Digest] = Item(target, RemovalReason.Target) };
        var order = new List<Digest> { target.Digest };
        var ended = new HashSet<string>(StringComparer.Ordinal); // digest tags of planned subjects, and fallback tags of planned lists
        for (var next = 0; next < order.Count && options.Cascade != false; next++)
        {
            foreach (var referrer in await FindReferrersAsync(order[next], tags, planned.Keys, ended, cancellationToken).ConfigureAwait(false))
            {
                planned.Add(referrer.Digest, Item(referrer, RemovalReason.Referrer));
                order.Add(referrer.Digest);
            }
        }

        // Referrers come before their subjects, so that an interrupted deletion leaves none without its subject.
        order.Reverse();
        if (options.Cascade != false) await AddListsAsync(order, planned, tags, ended, cancellationToken).ConfigureAwait(false);
        var lost = tags.Where(t => planned.ContainsKey(t.Target.Digest)).Select(t => (t.Tag, t.Target.Digest)).ToList();
        var unnamed = lost.Where(t => t.Tag != tag && !ended.Contains(t.Tag) && !(tag is null && t.Digest == target.Digest)).Select(t => t.Tag).ToList();
        if (!options.Force && unnamed.Count > 0) throw DeletionErrors.Referenced(target.Digest, unnamed, [], unnamed);
        return new DeletionPlan(target, [.. order.Select(d => planned[d])], [.. lost.Select(t => t.Tag)], [.. planned.Keys])
        {
            Tag = tag,
            Options = options,
            TagsByDigest = lost.ToLookup(t => t.Digest, t => t.Tag),
        };
    }

    /// <summary>Carries out a plan.</summary>
    public async Task<IReadOnlyList<RemovedItem>> RunAsync(DeletionPlan plan, Action<RemovedItem>? deleted, CancellationToken cancellationToken)
    {
        var planned = new HashSet<Digest>(plan.Digests);
        foreach (var item in plan.Items)
        {
            if (item.Reason == RemovalReason.FallbackIndex) await CheckListAsync(plan, item.Digest, cancellationToken).ConfigureAwait(false);
            await DeleteAsync(item.Digest, [.. plan.TagsByDigest?[item.Digest] ?? []], planned, cancellationToken).ConfigureAwait(false);
            deleted?.Invoke(item);
        }

        return plan.Items;
    }

    /// <summary>Deletes a manifest with all its tags, and its entry in the fallback list of its subject.</summary>
    /// <param name="digest">The manifest.</param>
    /// <param name="tags">Its tags; null if they are not known.</param>
    /// <param name="planned">Content that is deleted as well, with its list of referrers.</param>
    /// <param name="cancellationToken">The token that cancels the requests.</param>
    public async Task DeleteAsync(Digest digest, IReadOnlyList<string>? tags, IReadOnlyCollection<Digest> planned, CancellationToken cancellationToken)
    {
        var found = await calls.Manifests.TryReadAsync(digest.ToString(), cancellationToken).ConfigureAwait(false);
        if (found is not { } manifest)
        {
            if (planned.Count > 0) return; // an earlier run deleted it
            throw RegistryErrors.NotFound(calls.Access.NameOf(digest.ToString()), digest.ToString());
        }

        try
        {
            await DeleteAsync(digest.ToString(), cancellationToken).ConfigureAwait(false);
        }
        catch (OciException e) when (e.Registry?.Code == HasTags)
        {
            foreach (var tag in tags is { Count: > 0 } ? tags : await calls.TagsOfAsync(digest, int.MaxValue, cancellationToken).ConfigureAwait(false) ?? [])
                await DeleteAsync(tag, cancellationToken).ConfigureAwait(false);
            await DeleteAsync(digest.ToString(), cancellationToken).ConfigureAwait(false);
        }

        if (Manifest.Parse(manifest.Bytes, manifest.Descriptor.MediaType, calls.Access.NameOf(digest.ToString())).Subject is not { } subject) return;
        if (await calls.Referrers.FallbackAsync(subject.Digest, cancellationToken).ConfigureAwait(false) is not { } list || list.Manifests.All(m => m.Digest != digest)) return;
        if (!planned.Contains(Digest.Compute(list.Bytes.Span))) await calls.FallbackTag.RemoveAsync(subject.Digest, digest, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes a tag. An error for a registry that deletes only manifests names the tags that would be deleted with it.</summary>
    public async Task UntagAsync(string tag, CancellationToken cancellationToken)
    {
        try
        {
            await calls.ManifestUpload.DeleteAsync(tag, cancellationToken).ConfigureAwait(false);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.UnsupportedOperation)
        {
            throw await DeletesByDigestAsync(tag, e, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<OciException> DeletesByDigestAsync(string tag, OciException error, CancellationToken cancellationToken)
    {
        IReadOnlyList<string>? others = null;
        try
        {
            if (await calls.Manifests.FindAsync(tag, cancellationToken).ConfigureAwait(false) is { } target)
                others = (await calls.TagsOfAsync(target.Digest, MostTags, cancellationToken).ConfigureAwait(false))?.Where(t => t != tag).ToList();
        }
        catch (OciException)
        {
            // The tags are only part of the message.
        }

        return RegistryErrors.DeletesByDigest(calls.Access.Client.Host, tag, others, error);
    }

    // The answer to an earlier attempt may have been lost.
    private async Task DeleteAsync(string reference, CancellationToken cancellationToken)
    {
        try
        {
            await calls.ManifestUpload.DeleteAsync(reference, cancellationToken).ConfigureAwait(false);
        }
        catch (OciException e) when (e.Kind == OciErrorKind.NotFound)
        {
        }
    }

    private async Task<List<Descriptor>> FindReferrersAsync(
        Digest subject, List<(string Tag, Descriptor Target)> tags, Dictionary<Digest, RemovedItem>.KeyCollection planned, HashSet<string> ended, CancellationToken cancellationToken)
    {
        var found = new List<Descriptor>();
        foreach (var referrer in await calls.Referrers.ListAsync(subject, cancellationToken).ConfigureAwait(false))
        {
            // Anyone with write access can put other content into a list of referrers.
            if (MediaTypes.IsManifest(referrer.MediaType) && !planned.Contains(referrer.Digest) && await SubjectOfAsync(referrer, cancellationToken).ConfigureAwait(false) == subject) found.Add(referrer);
        }

        var own = new HashSet<string>(DigestTag.Of(subject), StringComparer.Ordinal);
        ended.UnionWith(own);
        foreach (var (_, target) in tags.Where(t => own.Contains(t.Tag)))
        {
            if (planned.Contains(target.Digest) || found.Exists(f => f.Digest == target.Digest)) continue;
            // Content that has another tag, or is attached to other content, stays.
            if (tags.Exists(t => t.Target.Digest == target.Digest && !ended.Contains(t.Tag))) continue;
            if (await SubjectOfAsync(target, cancellationToken).ConfigureAwait(false) is { } other && !planned.Contains(other)) continue;
            found.Add(target);
        }

        return found;
    }

    // A list that names only planned content is deleted before its subject.
    private async Task AddListsAsync(
        List<Digest> order, Dictionary<Digest, RemovedItem> planned, List<(string Tag, Descriptor Target)> tags, HashSet<string> ended, CancellationToken cancellationToken)
    {
        var lists = order.ToDictionary(FallbackTag.Of, StringComparer.Ordinal);
        foreach (var (tag, target) in tags.Where(t => t.Target.MediaType == MediaTypes.ImageIndex && lists.ContainsKey(t.Tag)))
        {
            if (planned.ContainsKey(target.Digest) || tags.Exists(t => t.Target.Digest == target.Digest && !lists.ContainsKey(t.Tag))) continue;
            var (_, bytes) = await calls.Manifests.ReadAsync(target.Digest.ToString(), cancellationToken).ConfigureAwait(false);
            if (!Manifest.Parse(bytes, MediaTypes.ImageIndex, calls.Access.NameOf(tag)).Manifests.All(m => planned.ContainsKey(m.Digest))) continue;
            planned.Add(target.Digest, Item(target, RemovalReason.FallbackIndex));
            ended.Add(tag);
            order.Insert(order.IndexOf(lists[tag]), target.Digest);
        }
    }

    // Another client may have attached a referrer since the plan was made.
    private async Task CheckListAsync(DeletionPlan plan, Digest list, CancellationToken cancellationToken)
    {
        foreach (var tag in plan.TagsByDigest![list])
        {
            if (await calls.Manifests.FindAsync(tag, cancellationToken).ConfigureAwait(false) is { } now && now.Digest != list) throw DeletionErrors.ReferrersChanged(plan.Target.Digest);
        }
    }

    private async Task<Digest?> SubjectOfAsync(Descriptor manifest, CancellationToken cancellationToken) =>
        await calls.Manifests.TryReadAsync(manifest.Digest.ToString(), cancellationToken).ConfigureAwait(false) is { } found
            ? Manifest.Parse(found.Bytes, found.Descriptor.MediaType, manifest.Digest.ToString()).Subject?.Digest
            : null;

    private static RemovedItem Item(Descriptor content, RemovalReason reason) => new(content.Digest, content.Size, content.MediaType, reason);
}
