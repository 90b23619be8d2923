using System;
using System.IO;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Registry;

/// <summary>
/// Sends requests to one registry: credentials, redirects, waits and further attempts. Errors of the network end as
/// <see cref="OciException"/>. Thread-safe.
/// </summary>
internal sealed class RegistryClient : IDisposable
{
    /// <summary>The largest number of redirects of one request.</summary>
    public const int MaxRedirects = 10;

    private readonly RegistryOptions _options;
    private readonly HttpPipe _pipe;
    private readonly HostGate _gate;
    private readonly Authenticator _authenticator;
    private readonly Func<CancellationToken, Task<bool>> _hasCredentials;
    private readonly Func<string?, RegistryCredential?> _known;
    private readonly RegistryReference _registry;
    private readonly SemaphoreSlim _deciding = new(1);
    private readonly Random _random = new();
    private volatile Uri? _base;
    private volatile bool _hasAnswered;
    private volatile bool _isExhausted;

    /// <param name="registry">The host and port.</param>
    /// <param name="options">The settings.</param>
    /// <param name="credentials">Finds the account for a repository; null for the host itself.</param>
    /// <param name="known">Returns the account if this process has already found it; otherwise null.</param>
    public RegistryClient(
        RegistryReference registry, RegistryOptions options, Func<string?, CancellationToken, Task<RegistryCredential?>> credentials, Func<string?, RegistryCredential?> known)
    {
        _registry = registry;
        _options = options;
        Host = registry.Authority;
        _pipe = new HttpPipe(registry.ApiHost, options);
        _gate = new HostGate(Host, options.Clock);
        _authenticator = new Authenticator(Host, options, _pipe, credentials, known);
        _known = known;
        _hasCredentials = async token => await credentials(null, token).ConfigureAwait(false) is not null;
    }

    /// <summary>The host and port, for messages.</summary>
    public string Host { get; }

    /// <summary>The repositories that are known to have blobs.</summary>
    public BlobPlaces Places { get; } = new();

    /// <summary>The URL of the registry; null before the first request.</summary>
    public Uri? BaseUrl => _base;

    /// <summary>Called with a message when requests begin to wait. Any thread may call it.</summary>
    public Action<string>? Waiting
    {
        get => _gate.Waiting;
        set => _gate.Waiting = value;
    }

    /// <summary>Called with a line for each request that was sent: method, host, path, status and time. Any thread may call it.</summary>
    public Action<string>? Sent { get; set; }

    /// <summary>Called with a message that explains a decision. Any thread may call it.</summary>
    public Action<string>? Noted { get; set; }

    /// <summary>Called with a warning of the registry for the user. Any thread may call it.</summary>
    public Action<string>? Warned { get; set; }

    /// <summary>Returns the URL below <c>/v2/</c> for a path. Decides on first use whether the registry is encrypted.</summary>
    public async Task<Uri> UrlAsync(string path, CancellationToken cancellationToken, bool isQuiet = false) =>
        new((await BaseAsync(isQuiet, cancellationToken).ConfigureAwait(false)).OriginalString + path);

    /// <summary>Sends a request. Follows redirects, authenticates, waits when told to, and repeats after temporary errors.</summary>
    /// <returns>The answer with any status but 401. The caller disposes it.</returns>
    public async Task<RegistryResponse> SendAsync(RegistryRequest request, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            await _gate.PassAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var response = await SendAuthorizedAsync(request, cancellationToken).ConfigureAwait(false);
                _hasAnswered = true;
                if (!RetryPolicy.IsTemporary(response.Status)) return response;
                var isLast = !request.CanRetry || attempt >= RetryPolicy.Attempts;
                var asked = response.RetryAfter(_options.Clock.UtcNow);
                if (isLast && asked is null) return response;
                try
                {
                    Wait(request, attempt, asked, (int)response.Status == 429 ? "rate limit" : $"status {(int)response.Status}");
                }
                catch
                {
                    response.Dispose();
                    throw;
                }

                if (isLast) return response;
                response.Dispose();
            }
            catch (TransientException e)
            {
                // A registry that has answered before may only be starting again.
                var most = e.IsUnknownHost || e.IsNotHttps || (e.IsRefused && !_hasAnswered) ? RetryPolicy.UnreachableAttempts : RetryPolicy.Attempts;
                if (!request.CanRetry || attempt >= most) throw RegistryErrors.Unavailable(Host, request, e.Message, attempt, e);
                Wait(request, attempt, e.RetryAfter, e.RetryAfter is null ? "connection lost" : "rate limit");
            }
        }
    }

    /// <summary>Sends a request and reads the complete body of its answer. Sends it again after a lost connection.</summary>
    /// <param name="request">The request.</param>
    /// <param name="limit">The largest body in bytes.</param>
    /// <param name="cancellationToken">The token that cancels the request.</param>
    /// <returns>The answer, which the caller disposes, and its body: null above the limit, empty if the status reports an error.</returns>
    public async Task<(RegistryResponse Response, byte[]? Body)> ReadAsync(RegistryRequest request, long limit, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
            try
            {
                return (response, response.IsSuccess ? await response.ReadAsync(limit, cancellationToken).ConfigureAwait(false) : []);
            }
            catch (IOException e)
            {
                response.Dispose();
                if (attempt >= RetryPolicy.Attempts) throw RegistryErrors.Unavailable(Host, request, e.Message, attempt, e);
                Wait(request, attempt, null, "connection lost");
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }
    }

    /// <summary>Waits after a failed attempt that the caller repeats itself.</summary>
    /// <param name="attempt">The number of the attempt that failed, from 1.</param>
    /// <param name="cancellationToken">The token that ends the wait.</param>
    public Task DelayAsync(int attempt, CancellationToken cancellationToken) =>
        _options.Clock.DelayAsync(RetryPolicy.Delay(attempt, null, NextRandom()), cancellationToken);

    // All requests to the host wait, not only the one that failed.
    private void Wait(RegistryRequest request, int attempt, TimeSpan? asked, string reason)
    {
        var wait = RetryPolicy.Delay(attempt, asked, NextRandom());
        if (asked > _options.MaximumWait) throw RegistryErrors.RateLimited(Host, request, wait, _options.MaximumWait);
        _gate.Close(wait, reason);
    }

    /// <summary>Returns the error for an answer that reports a failure. Reads the beginning of its body.</summary>
    public async Task<OciException> ErrorOfAsync(RegistryRequest request, RegistryResponse response, CancellationToken cancellationToken) =>
        (int)response.Status == 403
            ? await _authenticator.RefusedAsync(request, response, cancellationToken).ConfigureAwait(false)
            : RegistryErrors.Of(Host, request, response.Status, response.MediaType, await response.ReadErrorAsync(cancellationToken).ConfigureAwait(false));

    private async Task<RegistryResponse> SendAuthorizedAsync(RegistryRequest request, CancellationToken cancellationToken)
    {
        var registry = _base ?? request.Url;
        if (!request.IsAuthorized || !EndpointRules.IsSameOrigin(request.Url, registry)) return await SendOnceAsync(request, null, cancellationToken).ConfigureAwait(false);
        var header = await _authenticator.HeaderAsync(request, cancellationToken).ConfigureAwait(false);
        var response = await SendOnceAsync(request, header, cancellationToken).ConfigureAwait(false);
        // The challenge of another server, to which the registry redirected, could name a token service that steals the password.
        if ((int)response.Status != 401 || !EndpointRules.IsSameOrigin(response.Url, registry)) return response;
        using (response)
        {
            var hasChallenge = await _authenticator.TakeChallengeAsync(request, response, header, cancellationToken).ConfigureAwait(false)
                || (header is null && response.Values("WWW-Authenticate").Count == 0 && await RequestChallengeAsync(request, registry, cancellationToken).ConfigureAwait(false));
            if (!hasChallenge)
                throw await _authenticator.RefusedAsync(request, response, cancellationToken).ConfigureAwait(false);
        }

        header = await _authenticator.HeaderAsync(request, cancellationToken).ConfigureAwait(false);
        response = await SendOnceAsync(request, header, cancellationToken).ConfigureAwait(false);
        if ((int)response.Status != 401 || !EndpointRules.IsSameOrigin(response.Url, registry)) return response;
        using (response) throw await _authenticator.RefusedAsync(request, response, cancellationToken).ConfigureAwait(false);
    }

    // Some registries leave out the challenge at other endpoints.
    private async Task<bool> RequestChallengeAsync(RegistryRequest request, Uri registry, CancellationToken cancellationToken)
    {
        using var response = await SendOnceAsync(new RegistryRequest(HttpMethod.Get, registry), null, cancellationToken).ConfigureAwait(false);
        return (int)response.Status == 401 && EndpointRules.IsSameOrigin(response.Url, registry)
            && await _authenticator.TakeChallengeAsync(request, response, null, cancellationToken).ConfigureAwait(false);
    }

    // Credentials are sent to the registry only. A redirect to another scheme, host or port gets none, and neither does a redirect back.
    private async Task<RegistryResponse> SendOnceAsync(RegistryRequest request, AuthenticationHeaderValue? header, CancellationToken cancellationToken)
    {
        var url = request.Url;
        var isRegistry = request.IsAuthorized;
        for (var redirects = 0; ; redirects++)
        {
            var started = _options.Clock.UtcNow;
            isRegistry &= EndpointRules.IsSameOrigin(url, _base ?? request.Url);
            var response = await _pipe.SendAsync(request, url, isRegistry ? header : null, Host, cancellationToken).ConfigureAwait(false);
            Sent?.Invoke(FormattableString.Invariant($"{request.Method} {url.Authority}{url.AbsolutePath} {(int)response.Status} {(_options.Clock.UtcNow - started).TotalMilliseconds:0} ms"));
            if (isRegistry) Report(response);
            if (response.RedirectFor(request.Method) is not { } location) return response;
            var isUrl = Uri.TryCreate(url, location, out var target);
            if (request.StaysOnOrigin && !(isUrl && EndpointRules.IsSameOrigin(target!, url))) return response;
            using (response)
            {
                if (redirects >= MaxRedirects) throw RegistryErrors.Protocol(Host, request, (int)response.Status, $"it redirects more than {MaxRedirects} times");
                if (!isUrl) throw RegistryErrors.Protocol(Host, request, (int)response.Status, "it redirects to text that is not a URL");
                EndpointRules.Check(Host, request, url, target!, "a redirect");
                url = target!;
            }
        }
    }

    private void Report(RegistryResponse response)
    {
        foreach (var warning in response.Warnings) Warned?.Invoke($"{Host}: {RegistryErrors.Shown(warning)}.");
        if (response.Header("RateLimit-Remaining") is not { } remaining) return;
        var isExhausted = remaining.Split(';')[0].Trim() == "0";
        if (isExhausted && !_isExhausted) Noted?.Invoke($"{Host} accepts no further requests within its rate limit.");
        _isExhausted = isExhausted;
    }

    private async Task<Uri> BaseAsync(bool isQuiet, CancellationToken cancellationToken)
    {
        if (_base is { } known) return known;
        await _deciding.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Without reading the stored credentials, the decision is not final.
            return isQuiet ? await DecideAsync(_known(null) is not null, cancellationToken).ConfigureAwait(false)
                : _base ??= await DecideAsync(await _hasCredentials(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _deciding.Release();
        }
    }

    // Plain HTTP is used only if HTTPS cannot be connected, and only on request or, without credentials, on this computer.
    private async Task<Uri> DecideAsync(bool hasCredentials, CancellationToken cancellationToken)
    {
        var secure = new Uri($"https://{_registry.ApiAuthority}/v2/");
        var mayBePlain = _options.AllowUnencrypted || (_registry.IsLoopback && !hasCredentials);
        if (!mayBePlain) return secure;
        try
        {
            var probe = new RegistryRequest(HttpMethod.Get, secure);
            using var response = await _pipe.SendAsync(probe, secure, null, Host, cancellationToken).ConfigureAwait(false);
            return secure;
        }
        catch (TransientException e) when (!e.IsUnknownHost)
        {
            return new Uri($"http://{_registry.ApiAuthority}/v2/");
        }
    }

    private double NextRandom()
    {
        lock (_random) return _random.NextDouble();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pipe.Dispose();
        _authenticator.Dispose();
        _deciding.Dispose();
    }
}
