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

    /// <summary>The time for which entries that this object added are added again if another client overwrote them.</summary>
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);

    /// <summary>The time for which another client may pause between its read and its write of a list.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>The time for which another client that changed a list is expected to change it again.</summary>
    private static readonly TimeSpan OthersWriteFor = TimeSpan.FromSeconds(5);

    // One lock for each tag of a repository in this process.
    private static readonly ConcurrentDictionary<string, SemaphoreSlim> Locks = new(StringComparer.Ordinal);

    // The lists that this object changed.
    private readonly ConcurrentDictionary<string, ChangedList> _lists = new(StringComparer.Ordinal);

    /// <summary>Adds a referrer to the list of its subject.</summary>
    public Task AddAsync(Digest subject, Descriptor referrer, CancellationToken cancellationToken)
    {
        return ChangeAsync(subject, Begin, Change, (own, members) => own.Added.Keys.All(members.Contains), cancellationToken);

        void Begin(ChangedList own) => own.Added[referrer.Digest] = (referrer, access.Options.Clock.UtcNow + KeptFor);

        static byte[]? Change(ChangedList own, ReadOnlyMemory<byte> list, HashSet<Digest> members)
        {
            var missing = own.Added.Values.Select(a => a.Referrer).Where(r => !members.Contains(r.Digest)).ToList();
            return missing.Count == 0 ? null : FallbackIndex.With(list, missing);
        }
    }

    /// <summary>Removes a referrer from the list of its subject.</summary>
    public Task RemoveAsync(Digest subject, Digest referrer, CancellationToken cancellationToken) => ChangeAsync(
        subject,
        own => own.Added.Remove(referrer),
        (_, list, members) => members.Contains(referrer) ? FallbackIndex.Without(list, d => d == referrer) : null,
        (_, members) => !members.Contains(referrer),
        cancellationToken);

    private async Task ChangeAsync(
        Digest subject, Action<ChangedList> begin, Func<ChangedList, ReadOnlyMemory<byte>, HashSet<Digest>, byte[]?> change, Func<ChangedList, HashSet<Digest>, bool> isDone,
        CancellationToken cancellationToken)
    {
        var tag = FallbackTag.Of(subject);
        var own = _lists.GetOrAdd(tag, _ => new ChangedList(Locks.GetOrAdd(access.NameOf(tag), _ => new SemaphoreSlim(1))));
        await own.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var old in own.Added.Where(a => a.Value.Until < access.Options.Clock.UtcNow).Select(a => a.Key).ToList()) own.Added.Remove(old);
            begin(own);
            for (var attempt = 1; attempt <= Attempts; attempt++)
            {
                var time = Stopwatch.StartNew();
                var (bytes, members) = await ReadAsync(subject, tag, cancellationToken).ConfigureAwait(false);
                if (own.Members?.SetEquals(members) is false) own.OthersWrote = access.Options.Clock.UtcNow;
                if (change(own, bytes, members) is { } changed)
                {
                    await WriteAsync(changed, tag, attempt, cancellationToken).ConfigureAwait(false);
                    await SettleAsync(own, time.Elapsed, cancellationToken).ConfigureAwait(false);
                    (_, members) = await ReadAsync(subject, tag, cancellationToken).ConfigureAwait(false);
                }

                own.Members = members;
                if (isDone(own, members)) return;
                await access.Client.DelayAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            own.Gate.Release();
        }

        throw new OciException(OciErrorKind.StoreBusy, $"Other clients changed the list of referrers {access.NameOf(tag)} at the same time, {Attempts} times.", access.NameOf(tag));
    }

    // Another client that read the list before this write may still replace it. It takes about as long as this client. The next caller, if
    // there is one, reads the list anyway and adds what is missing.
    private async Task SettleAsync(ChangedList own, TimeSpan taken, CancellationToken cancellationToken)
    {
        if (own.HasWaiting) return;
        var wait = TimeSpan.FromTicks(2 * taken.Ticks);
        if (access.Options.Clock.UtcNow < own.OthersWrote + OthersWriteFor && wait < LongestPause) wait = LongestPause;
        await access.Options.Clock.DelayAsync(wait, cancellationToken).ConfigureAwait(false);
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
