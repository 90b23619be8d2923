using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Referrers;

namespace OciLayout.Registry;

/// <summary>
/// Maintains the list of referrers under the fallback tag of a subject, in a registry without the referrers API (distribution-spec,
/// "Referrers Tag Schema"). The protocol has no conditional write, so the list is read again after each write.
/// </summary>
internal sealed class FallbackTagWriter(RepositoryAccess access, ManifestCall manifests, ManifestUpload upload)
{
    private const int Attempts = 5;

    // One lock for each tag of a repository in this process.
    private static readonly ConcurrentDictionary<string, SemaphoreSlim> Locks = new(StringComparer.Ordinal);

    /// <summary>Adds a referrer to the list of its subject.</summary>
    public Task AddAsync(Digest subject, Descriptor referrer, CancellationToken cancellationToken) =>
        ChangeAsync(subject, (list, members) => members.Contains(referrer.Digest) ? null : FallbackIndex.With(list, [referrer]), members => members.Contains(referrer.Digest), cancellationToken);

    /// <summary>Removes a referrer from the list of its subject.</summary>
    public Task RemoveAsync(Digest subject, Digest referrer, CancellationToken cancellationToken) =>
        ChangeAsync(subject, (list, members) => members.Contains(referrer) ? FallbackIndex.Without(list, d => d == referrer) : null, members => !members.Contains(referrer), cancellationToken);

    private async Task ChangeAsync(
        Digest subject, Func<ReadOnlyMemory<byte>, HashSet<Digest>, byte[]?> change, Func<HashSet<Digest>, bool> isDone, CancellationToken cancellationToken)
    {
        var tag = FallbackTag.Of(subject);
        var gate = Locks.GetOrAdd(access.NameOf(tag), _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (var attempt = 1; attempt <= Attempts; attempt++)
            {
                var time = Stopwatch.StartNew();
                var (bytes, members) = await ReadAsync(subject, tag, cancellationToken).ConfigureAwait(false);
                if (change(bytes, members) is { } changed)
                {
                    await WriteAsync(changed, tag, attempt, cancellationToken).ConfigureAwait(false);
                    // A client that read the list before this write may still replace it. It takes about as long as this client.
                    await access.Options.Clock.DelayAsync(TimeSpan.FromTicks(2 * time.Elapsed.Ticks), cancellationToken).ConfigureAwait(false);
                    (_, members) = await ReadAsync(subject, tag, cancellationToken).ConfigureAwait(false);
                }

                if (isDone(members)) return;
                await access.Client.DelayAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            gate.Release();
        }

        throw new OciException(OciErrorKind.StoreBusy, $"Other clients changed the list of referrers {access.NameOf(tag)} at the same time, {Attempts} times.", access.NameOf(tag));
    }

    // After a temporary error the list is read again, because another client may have changed it meanwhile.
    private async Task WriteAsync(byte[] list, string tag, int attempt, CancellationToken cancellationToken)
    {
        try
        {
            await upload.PushAsync(new Descriptor(MediaTypes.ImageIndex, Digest.Compute(list), list.Length), list, tag, cancellationToken, canRetry: false).ConfigureAwait(false);
        }
        catch (OciException e) when (e.Kind is OciErrorKind.RateLimited or OciErrorKind.RegistryUnavailable && attempt < Attempts)
        {
        }
    }

    private async Task<(ReadOnlyMemory<byte> Bytes, HashSet<Digest> Members)> ReadAsync(Digest subject, string tag, CancellationToken cancellationToken)
    {
        if (await manifests.FindAsync(tag, cancellationToken).ConfigureAwait(false) is not { } found)
            return (Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.ImageIndex}}","manifests":[]}"""), []);
        if (found.Digest == subject || found.MediaType != MediaTypes.ImageIndex)
            throw new OciException(OciErrorKind.InvalidManifest, $"{access.NameOf(tag)} is not a list of referrers: it names {(found.Digest == subject ? "the subject itself" : found.MediaType)}.", access.NameOf(tag));
        var (_, bytes) = await manifests.ReadAsync(found.Digest.ToString(), cancellationToken).ConfigureAwait(false);
        return (bytes, [.. Manifest.Parse(bytes, MediaTypes.ImageIndex, access.NameOf(tag)).Manifests.Select(m => m.Digest)]);
    }
}
