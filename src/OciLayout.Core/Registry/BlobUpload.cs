using System;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;

namespace OciLayout.Registry;

/// <summary>
/// Uploads a blob (distribution-spec, "Pushing blobs"): a mount from another repository, one PUT of all bytes, or, after a lost connection,
/// the rest in chunks.
/// </summary>
internal sealed class BlobUpload(RepositoryAccess access, BlobCall blobs)
{
    /// <summary>The size above which a lost upload is continued instead of repeated, in bytes: 8 MiB.</summary>
    private const long ContinueAbove = 8 << 20;

    private const double AnswerBytesPerSecond = 20_000_000;

    /// <summary>
    /// The size of a part of an upload in chunks, in bytes, unless the registry requires larger ones: 64 MiB, and 10 MiB on Amazon ECR, which
    /// does not accept more.
    /// </summary>
    public long ChunkSize { get; init; } = access.Client.Host.IndexOf(".dkr.ecr.", StringComparison.Ordinal) > 0 ? 10 << 20 : 64 << 20;

    /// <summary>Uploads a blob.</summary>
    /// <param name="blob">The blob. Its digest and size are those of the content.</param>
    /// <param name="open">Opens the content at its start. It is called for each attempt.</param>
    /// <param name="mountFrom">A repository of the same registry that has the blob; null if none is known.</param>
    /// <param name="prepare">Called once before the content is opened, unless the blob was mounted; null if there is nothing to do.</param>
    /// <param name="sent">Called with the number of bytes after each block that is sent.</param>
    /// <param name="cancellationToken">The token that cancels the upload.</param>
    /// <returns>Whether the blob was mounted, so that no bytes were sent.</returns>
    /// <exception cref="OciException">The errors of the registry.</exception>
    public async Task<bool> PushAsync(Descriptor blob, Func<Stream> open, string? mountFrom, Action? prepare, Action<long>? sent, CancellationToken cancellationToken)
    {
        var chunks = false;
        OciException? failure = null;
        for (var attempt = 1; attempt <= RetryPolicy.Attempts; attempt++)
        {
            if (await BeginAsync(blob.Digest, mountFrom, cancellationToken).ConfigureAwait(false) is not { } session) return true;
            mountFrom = null;
            try
            {
                prepare?.Invoke();
                prepare = null;
                failure = chunks
                    ? await SendChunksAsync(blob, open, session, 0, sent, cancellationToken).ConfigureAwait(false)
                    : await SendWholeAsync(blob, open, session, sent, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or OciException or IOException)
            {
                Cancel(session);
                throw;
            }

            if (failure is null) return false;
            // Only the answer may be lost.
            if (await blobs.ExistsAsync(blob.Digest, cancellationToken).ConfigureAwait(false)) return false;
            var status = failure.Registry?.Status;
            if (status == 413 && !chunks) chunks = true;
            else if (chunks && status == 400 && failure.Registry?.Code == "DIGEST_INVALID") chunks = false;
            else if (status is { } refused && refused is not (404 or 416) && !RetryPolicy.IsTemporary((HttpStatusCode)refused)) throw failure;
            else if (!chunks && blob.Size > ContinueAbove && await TryContinueAsync(blob, open, session, sent, cancellationToken).ConfigureAwait(false)) return false;
            await access.Client.DelayAsync(attempt, cancellationToken).ConfigureAwait(false);
        }

        throw failure!;
    }

    // Returns null if the blob was mounted.
    private async Task<UploadSession?> BeginAsync(Digest digest, string? mountFrom, CancellationToken cancellationToken)
    {
        var url = await access.UrlAsync("blobs/uploads/", cancellationToken).ConfigureAwait(false);
        if (mountFrom is not null)
        {
            var mount = new RegistryRequest(HttpMethod.Post, new Uri($"{url.OriginalString}?mount={Uri.EscapeDataString(digest.ToString())}&from={Uri.EscapeDataString(mountFrom)}"))
            {
                Scopes = [.. access.Push, $"repository:{mountFrom}:pull"],
            };
            try
            {
                using var mounted = await access.Client.SendAsync(mount, cancellationToken).ConfigureAwait(false);
                if (mounted.Status == HttpStatusCode.Created) return null;
                if (mounted.IsSuccess) return Session(mount, mounted);
                if ((int)mounted.Status is 429 or >= 500) throw await access.Client.ErrorOfAsync(mount, mounted, cancellationToken).ConfigureAwait(false);
            }
            catch (OciException e) when (e.Kind == OciErrorKind.Unauthorized)
            {
                // The account must not read the other repository, so the blob is uploaded.
            }
        }

        var request = new RegistryRequest(HttpMethod.Post, url) { Scopes = access.Push };
        using var response = await access.Client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.Status == HttpStatusCode.Created) throw RegistryErrors.Protocol(access.Client.Host, request, (int)response.Status, "it confirms an upload that was not sent");
        return response.IsSuccess ? Session(request, response) : throw await access.Client.ErrorOfAsync(request, response, cancellationToken).ConfigureAwait(false);
    }

    private UploadSession Session(RegistryRequest request, RegistryResponse response)
    {
        var smallest = long.TryParse(response.Header("OCI-Chunk-Min-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : 0;
        return new UploadSession(LocationOf(request, response), smallest);
    }

    // The query of a location can be part of a signature, so the text of the location is kept as it is.
    private UploadLocation LocationOf(RegistryRequest request, RegistryResponse response)
    {
        var text = response.Header("Location") ?? throw RegistryErrors.Protocol(access.Client.Host, request, (int)response.Status, "it has no upload location");
        var location = UploadLocation.Resolve(access.Client.Host, request, access.Client.BaseUrl ?? request.Url, response.Url, text);
        if (location.IsCorrected) access.Client.Noted?.Invoke($"{access.Client.Host} names an upload location with another scheme or port. The upload uses {location.Url.GetLeftPart(UriPartial.Authority)}.");
        return location;
    }

    private async Task<OciException?> SendWholeAsync(Descriptor blob, Func<Stream> open, UploadSession session, Action<long>? sent, CancellationToken cancellationToken)
    {
        var request = Put(blob, session.Location) with
        {
            Body = () => Metered(open(), sent),
            BodyLength = blob.Size,
        };
        return await FinishAsync(request, blob.Digest, cancellationToken).ConfigureAwait(false);
    }

    private async Task<OciException?> SendChunksAsync(Descriptor blob, Func<Stream> open, UploadSession session, long from, Action<long>? sent, CancellationToken cancellationToken)
    {
        var size = Math.Max(ChunkSize, session.SmallestChunk);
        for (var offset = from; offset < blob.Size;)
        {
            var start = offset;
            var length = Math.Min(size, blob.Size - offset);
            var request = new RegistryRequest(new HttpMethod("PATCH"), session.Location.Url)
            {
                Scopes = access.Push,
                IsAuthorized = session.Location.IsRegistry,
                Body = () => Metered(Part(open(), start, length), sent),
                BodyLength = length,
                ContentRange = FormattableString.Invariant($"{start}-{start + length - 1}"),
                CanRetry = false,
                AnswerTimeout = AnswerTimeout(length),
            };
            try
            {
                using var response = await access.Client.SendAsync(request, cancellationToken).ConfigureAwait(false);
                if (!response.IsSuccess) return await access.Client.ErrorOfAsync(request, response, cancellationToken).ConfigureAwait(false);
                session = session with { Location = response.Header("Location") is null ? session.Location : LocationOf(request, response) };
                offset += length; // the Range of the answer can be stale
            }
            catch (OciException e) when (e.Kind == OciErrorKind.RegistryUnavailable)
            {
                return e;
            }
        }

        return await FinishAsync(Put(blob, session.Location), blob.Digest, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> TryContinueAsync(Descriptor blob, Func<Stream> open, UploadSession session, Action<long>? sent, CancellationToken cancellationToken)
    {
        var request = new RegistryRequest(HttpMethod.Get, session.Location.Url) { Scopes = access.Push, IsAuthorized = session.Location.IsRegistry };
        UploadSession current;
        long from;
        using (var response = await access.Client.SendAsync(request, cancellationToken).ConfigureAwait(false))
        {
            if (!response.IsSuccess || response.Header("Range") is not { } range || range.Split('-').Length != 2) return false;
            if (!long.TryParse(range.Split('-')[1], NumberStyles.None, CultureInfo.InvariantCulture, out var last) || last <= 0 || last >= blob.Size) return false;
            from = last + 1;
            current = session with { Location = response.Header("Location") is null ? session.Location : LocationOf(request, response) };
        }

        return await SendChunksAsync(blob, open, current, from, sent, cancellationToken).ConfigureAwait(false) is null;
    }

    private RegistryRequest Put(Descriptor blob, UploadLocation location) => new(HttpMethod.Put, location.WithDigest(blob.Digest))
    {
        Scopes = access.Push,
        IsAuthorized = location.IsRegistry,
        CanRetry = false,
        AnswerTimeout = AnswerTimeout(blob.Size),
    };

    private async Task<OciException?> FinishAsync(RegistryRequest request, Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await access.Client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (!response.IsSuccess) return await access.Client.ErrorOfAsync(request, response, cancellationToken).ConfigureAwait(false);
            if (response.Header("Docker-Content-Digest") is { } header && Digest.TryParse(header, out var stored) && stored.Algorithm == digest.Algorithm && stored != digest)
            {
                throw new OciException(OciErrorKind.DigestMismatch, $"{access.Client.Host} stored the blob {digest} as {stored}.", digest.ToString())
                {
                    Expected = digest.ToString(),
                    Actual = stored.ToString(),
                };
            }

            return null;
        }
        catch (OciException e) when (e.Kind == OciErrorKind.RegistryUnavailable)
        {
            return e;
        }
    }

    // Registries hash large blobs again before they answer.
    private TimeSpan AnswerTimeout(long size) => access.Options.IdleTimeout + TimeSpan.FromSeconds(size / AnswerBytesPerSecond);

    // The content can begin within its stream.
    private static RangeStream Part(Stream content, long start, long length) => new(content, content.Position + start, length);

    private static Stream Metered(Stream content, Action<long>? sent) => sent is null ? content : new MeteredStream(content, read => sent(read));

    // The registry also deletes abandoned sessions itself, so a failure is ignored, and the call does not wait for the answer.
    private void Cancel(UploadSession session)
    {
        var request = new RegistryRequest(HttpMethod.Delete, session.Location.Url) { Scopes = access.Push, IsAuthorized = session.Location.IsRegistry, CanRetry = false };
        _ = SendAsync();

        async Task SendAsync()
        {
            try
            {
                using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(5));
                (await access.Client.SendAsync(request, timeout.Token).ConfigureAwait(false)).Dispose();
            }
            catch (Exception e) when (e is OciException or OperationCanceledException or IOException or ObjectDisposedException)
            {
            }
        }
    }
}
