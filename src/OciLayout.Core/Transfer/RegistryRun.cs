using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;
using OciLayout.Registry;
using OciLayout.Store;

namespace OciLayout.Transfer;

/// <summary>
/// Carries out one plan whose destination is a repository: uploads the blobs, then the manifests, successors first, then the tags. When it
/// ends early, no tag names content that is incomplete.
/// </summary>
/// <param name="source">The content to read.</param>
/// <param name="target">The repository to write.</param>
/// <param name="reach">The known content of the repository.</param>
/// <param name="progress">Counts what is copied.</param>
/// <param name="cancellationToken">Stops the operation.</param>
internal sealed class RegistryRun(IContentSource source, RepositoryCalls target, RepositoryReach reach, CopyProgress progress, CancellationToken cancellationToken)
{
    private int _count;
    private long _size;

    private int Workers => target.Access.Options.MaximumConcurrency;

    /// <summary>Carries out the plan.</summary>
    /// <returns>The result; null when the registry lacks content below a manifest that it has.</returns>
    public async Task<CopyResult?> RunAsync(CopyPlan plan)
    {
        // Another plan may have pushed content since this one was made.
        var items = plan.Items.Where(i => !i.IsStored && !reach.IsStored(i.Descriptor)).Select(i => i.Descriptor).ToList();
        var blobs = items.Where(d => !MediaTypes.IsManifest(d.MediaType)).ToList();
        await AsyncLoop.ForAsync(blobs.Count, Workers, (i, stop) => PushBlobAsync(blobs[i], stop), cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var level in await LevelsAsync(items.Where(d => MediaTypes.IsManifest(d.MediaType)), plan.Roots).ConfigureAwait(false))
                await AsyncLoop.ForAsync(level.Count, Workers, (i, stop) => PushManifestAsync(level[i], null, stop), cancellationToken).ConfigureAwait(false);
            foreach (var root in plan.Roots)
            {
                foreach (var tag in root.Tags.Where(t => !reach.IsTagged(t, root.Descriptor.Digest))) await PushManifestAsync(root.Descriptor, tag, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OciException e) when (e.Registry?.Code is "MANIFEST_BLOB_UNKNOWN" or "BLOB_UNKNOWN")
        {
            return null;
        }

        var stored = plan.Items.Where(i => i.IsStored).Select(i => i.Descriptor).Concat(plan.Reachable.Select(r => r.Descriptor)).Where(d => MediaTypes.IsManifest(d.MediaType)).ToList();
        await AsyncLoop.ForAsync(stored.Count, Workers, (i, stop) => EnsureListedAsync(stored[i], stop), cancellationToken).ConfigureAwait(false);
        return new CopyResult { CopiedCount = _count, CopiedSize = _size, Roots = [.. plan.Roots.Where(r => !r.IsAttached).Select(r => r.Descriptor)] };
    }

    private async Task PushBlobAsync(Descriptor blob, CancellationToken stop)
    {
        var isMounted = source.Requests > 0 ? await CarryAsync(blob, stop).ConfigureAwait(false) : await UploadAsync(blob, stop).ConfigureAwait(false);
        if (isMounted) progress.Add(blob.Size);
        else Interlocked.Add(ref _size, blob.Size);
        Interlocked.Increment(ref _count);
        progress.AddObject();
        reach.Remember(blob);
    }

    // Uploads a blob from a disk. The registry verifies it; when it refuses it, the blob is verified here to report corrupt content.
    private async Task<bool> UploadAsync(Descriptor blob, CancellationToken stop)
    {
        try
        {
            return await target.BlobUpload.PushAsync(blob, Open, reach.MountFrom(source, blob.Digest), null, progress.Add, stop).ConfigureAwait(false);
        }
        catch (OciException e) when (e.Registry?.Status == 400)
        {
            (source as StoreReader)?.State.Verified.Require(blob.Digest, blob.Size, stop);
            throw;
        }

        Stream Open() => source.OpenAsync(blob, 0, stop).AsTask().GetAwaiter().GetResult();
    }

    // Mounts a blob if a repository of the same host has it. Otherwise uploads it from a temporary file while that is downloaded.
    private async Task<bool> CarryAsync(Descriptor blob, CancellationToken stop)
    {
        var spool = new SpoolFile(source, blob);
        try
        {
            return await target.BlobUpload.PushAsync(blob, spool.Open, reach.MountFrom(source, blob.Digest), () => spool.Start(stop), progress.Add, stop).ConfigureAwait(false);
        }
        finally
        {
            await spool.EndAsync().ConfigureAwait(false);
        }
    }

    // An earlier copy may have stored a referrer and ended before it listed it.
    private async Task EnsureListedAsync(Descriptor descriptor, CancellationToken stop)
    {
        if (!await source.ContainsAsync(descriptor, DescriptorRole.Manifest, stop).ConfigureAwait(false)) return;
        var manifest = await source.GetManifestAsync(descriptor, stop).ConfigureAwait(false);
        if (manifest.Subject is not { } subject) return;
        var listed = await target.Referrers.ListAsync(subject.Digest, stop).ConfigureAwait(false);
        if (listed.All(d => d.Digest != descriptor.Digest)) await target.ListReferrerAsync(descriptor, manifest, subject, stop).ConfigureAwait(false);
    }

    // A manifest may already be pushed: as the root of another tag, or below another root.
    private async Task PushManifestAsync(Descriptor descriptor, string? tag, CancellationToken stop)
    {
        var manifest = await source.GetManifestAsync(descriptor, stop).ConfigureAwait(false);
        if (reach.IsStored(descriptor))
        {
            await target.ManifestUpload.PushAsync(descriptor, manifest.Bytes.ToArray(), tag, stop).ConfigureAwait(false);
        }
        else
        {
            await target.PushManifestAsync(descriptor, manifest, tag, stop).ConfigureAwait(false);
            Interlocked.Increment(ref _count);
            progress.AddObject();
            Interlocked.Add(ref _size, descriptor.Size);
            progress.Add(descriptor.Size);
        }

        reach.Remember(descriptor, tag);
    }

    // Groups manifests by their height above those that reference no other planned manifest. A root that gets a tag and that no other
    // manifest needs is pushed by its tag only, unless the registry would store it under another digest: a tag has no algorithm.
    private async Task<IEnumerable<List<Descriptor>>> LevelsAsync(IEnumerable<Descriptor> manifests, IReadOnlyList<CopyRoot> roots)
    {
        var heights = new Dictionary<Digest, int>();
        var needed = new HashSet<Digest>();
        var pushed = new List<(int Height, Descriptor Descriptor)>();
        foreach (var manifest in manifests)
        {
            var height = 0;
            foreach (var (role, child) in (await source.GetManifestAsync(manifest, cancellationToken).ConfigureAwait(false)).Successors)
            {
                if (role != DescriptorRole.Subject) needed.Add(child.Digest);
                if (heights.TryGetValue(child.Digest, out var below)) height = Math.Max(height, below + 1);
            }

            heights[manifest.Digest] = height;
            pushed.Add((height, manifest));
        }

        var byTag = new HashSet<Digest>(roots.Where(r => r.Tags.Count > 0).Select(r => r.Descriptor.Digest).Where(d => d.KnownAlgorithm == DigestAlgorithm.Sha256 && !needed.Contains(d)));
        return pushed.Where(p => !byTag.Contains(p.Descriptor.Digest)).GroupBy(p => p.Height).OrderBy(g => g.Key).Select(g => g.Select(p => p.Descriptor).ToList());
    }
}
