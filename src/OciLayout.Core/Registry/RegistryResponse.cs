using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;

namespace OciLayout.Registry;

/// <summary>An answer of a registry whose body is not read yet. Disposal ends the transfer.</summary>
internal sealed class RegistryResponse : IDisposable
{
    /// <summary>The time for a complete small body, as a multiple of the idle timeout.</summary>
    private const int WholeBodyTimeouts = 5;

    private readonly HttpResponseMessage _message;
    private readonly TimeSpan _idle;

    public RegistryResponse(HttpResponseMessage message, Uri url, TimeSpan idle)
    {
        _message = message;
        Url = url;
        _idle = idle;
    }

    public HttpStatusCode Status => _message.StatusCode;

    /// <summary>Whether the status reports success (200 to 299).</summary>
    public bool IsSuccess => _message.IsSuccessStatusCode;

    /// <summary>The URL that was requested.</summary>
    public Uri Url { get; }

    /// <summary>The media type of the body, without parameters; null if there is none.</summary>
    public string? MediaType => Header("Content-Type") is { } type ? type.Split(';')[0].Trim() : null;

    /// <summary>Whether the body is a web page.</summary>
    public bool IsPage => MediaType is { } type && type.IndexOf("html", StringComparison.OrdinalIgnoreCase) >= 0;

    /// <summary>The length of the body in bytes; null if the server does not state it.</summary>
    public long? Length => _message.Content?.Headers.ContentLength;

    /// <summary>Returns a header; null if there is none. Several values are joined with commas.</summary>
    public string? Header(string name) => Values(name) is { Count: > 0 } values ? string.Join(",", values) : null;

    /// <summary>Returns all values of a header.</summary>
    public IReadOnlyList<string> Values(string name)
    {
        if (_message.Headers.TryGetValues(name, out var values)) return [.. values];
        return _message.Content is not null && _message.Content.Headers.TryGetValues(name, out values) ? [.. values] : [];
    }

    /// <summary>The warnings for the user (distribution-spec, "Warnings").</summary>
    public IEnumerable<string> Warnings => _message.Headers.Warning.Where(w => w is { Code: 299, Text.Length: > 2 }).Select(w => WithoutCredentials(w.Text.Substring(1, w.Text.Length - 2).Replace("\\", "")));

    /// <summary>Returns the value of <c>Retry-After</c> as a span from now; null if there is none.</summary>
    /// <param name="now">The time (UTC), for a server that does not state its own time.</param>
    public TimeSpan? RetryAfter(DateTime now)
    {
        now = _message.Headers.Date?.UtcDateTime ?? now; // the clock of the server can differ
        return _message.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } when date.UtcDateTime > now => date.UtcDateTime - now,
            { Date: not null } => TimeSpan.Zero,
            _ => null,
        };
    }

    /// <summary>Returns the target of a redirect that a client may follow; null for other answers.</summary>
    /// <param name="method">The method of the request. Only 307 and 308 permit to repeat one that changes something.</param>
    public string? RedirectFor(HttpMethod method)
    {
        if ((int)Status is not (301 or 302 or 303 or 307 or 308) || Header("Location") is not { Length: > 0 } location) return null;
        return method == HttpMethod.Get || method == HttpMethod.Head || (int)Status is 307 or 308 ? location : null;
    }

    /// <summary>Opens the body. Reading fails with an <see cref="IOException"/> if no byte arrives within the idle timeout.</summary>
    public async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        var stream = await _message.Content.OpenReadAsync(cancellationToken).ConfigureAwait(false);
        return new IdleTimeoutStream(stream, this, _idle);
    }

    /// <summary>Reads the complete body.</summary>
    /// <param name="limit">The largest body in bytes.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <returns>The body; null if it exceeds the limit.</returns>
    public async Task<byte[]?> ReadAsync(long limit, CancellationToken cancellationToken)
    {
        var isCompressed = Values("Content-Encoding").Any(v => v.Equals("gzip", StringComparison.OrdinalIgnoreCase));
        using var raw = await OpenAsync(cancellationToken).ConfigureAwait(false);
        using var timer = Timer(TimeSpan.FromTicks(WholeBodyTimeouts * _idle.Ticks), cancellationToken);
        if (await ReadWithinAsync(timer, () => ReadAsync(raw, limit, timer.Token), cancellationToken).ConfigureAwait(false) is not { } body) return null;
        if (Length is { } length && length != body.Length) throw new IOException($"the connection was closed after {body.Length} of {length} bytes");
        if (!isCompressed) return body;
        try
        {
            using var plain = new GZipStream(new MemoryStream(body, writable: false), CompressionMode.Decompress);
            return await ReadAsync(plain, limit, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw new IOException("the compressed answer is not valid", e);
        }
    }

    private static async Task<byte[]?> ReadAsync(Stream body, long limit, CancellationToken cancellationToken)
    {
        using var result = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var read = await body.ReadAsync(buffer, 0, buffer.Length, cancellationToken).ConfigureAwait(false);
            if (read == 0) return result.ToArray();
            if (result.Length + read > limit) return null;
            result.Write(buffer, 0, read);
        }
    }

    /// <summary>Reads the beginning of the body of an error.</summary>
    public async Task<ErrorBody> ReadErrorAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var body = await OpenAsync(cancellationToken).ConfigureAwait(false);
            using var timer = Timer(_idle, cancellationToken);
            var start = await ReadWithinAsync(timer, () => ReadStartAsync(body, timer.Token), cancellationToken).ConfigureAwait(false);
            return ErrorBody.Parse(start, WithoutCredentials);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return ErrorBody.Empty;
        }
    }

    // A server can repeat the credentials of the request in its answer.
    private string WithoutCredentials(string text)
    {
        if (_message.RequestMessage?.Headers.Authorization is not { Parameter: { Length: > 0 } sent } authorization) return text;
        text = text.Replace(sent, "…");
        if (authorization.Scheme != "Basic") return text;
        var account = Encoding.UTF8.GetString(Convert.FromBase64String(sent));
        var password = account.Substring(account.IndexOf(':') + 1);
        return password.Length == 0 ? text : text.Replace(password, "…");
    }

    private static async Task<byte[]> ReadStartAsync(Stream body, CancellationToken cancellationToken)
    {
        var buffer = new byte[RegistryErrors.BodyLimit];
        var done = 0;
        while (done < buffer.Length)
        {
            var read = await body.ReadAsync(buffer, done, buffer.Length - done, cancellationToken).ConfigureAwait(false);
            if (read == 0) break;
            done += read;
        }

        return buffer.AsSpan(0, done).ToArray();
    }

    private static CancellationTokenSource Timer(TimeSpan time, CancellationToken cancellationToken)
    {
        var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(time);
        return timer;
    }

    // The progress of a small body is not shown, so a server that sends it byte by byte must not hold the client forever.
    private static async Task<T> ReadWithinAsync<T>(CancellationTokenSource timer, Func<Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new IOException("the answer was not complete within the timeout", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _message.Dispose();
}
