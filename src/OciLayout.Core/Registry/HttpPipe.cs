using System;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;

namespace OciLayout.Registry;

/// <summary>Sends a request once: no redirects, no attempts, no authentication. Failures of the network are <see cref="TransientException"/>.</summary>
internal sealed class HttpPipe : IDisposable
{
    /// <summary>The smallest body, in bytes, that is announced before it is sent, so that a refusal comes first: 1 MiB.</summary>
    private const long AnnouncedBody = 1 << 20;

    private readonly RegistryOptions _options;

    // The reason why the last certificate was refused. The handler checks certificates outside of the request that needs the connection.
    private volatile string? _rejection;
    private readonly string _registry;
    private readonly Lazy<HttpClient> _client;

    // The client for other hosts, such as token services and storage. The exceptions that the user made are for the registry only.
    private readonly Lazy<HttpClient> _others;

    /// <param name="registry">The host of the registry, without a port.</param>
    /// <param name="options">The settings of the registry.</param>
    public HttpPipe(string registry, RegistryOptions options)
    {
        _registry = registry;
        _options = options;
        _client = new(() => HttpSettings.CreateClient(options, problem => _rejection = problem));
        _others = options.SkipCertificateCheck || options.ClientCertificate is not null
            ? new(() => HttpSettings.CreateClient(options with { SkipCertificateCheck = false, ClientCertificate = null }, problem => _rejection = problem))
            : _client;
    }

    /// <summary>Sends a request and returns when the headers of the answer have arrived.</summary>
    /// <param name="request">The request.</param>
    /// <param name="url">The URL, which differs from that of the request after a redirect.</param>
    /// <param name="authorization">The credentials for this URL; null for none.</param>
    /// <param name="host">The registry, for messages.</param>
    /// <param name="cancellationToken">The token that cancels the request.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.UntrustedEndpoint"/>: the certificate is refused.</exception>
    public async Task<RegistryResponse> SendAsync(RegistryRequest request, Uri url, AuthenticationHeaderValue? authorization, string host, CancellationToken cancellationToken)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(_options.ConnectTimeout + (request.AnswerTimeout ?? _options.IdleTimeout));
        var client = url.Host.Equals(_registry, StringComparison.OrdinalIgnoreCase) ? _client.Value : _others.Value;
        using var message = Message(request, url, authorization, timer);
        try
        {
            var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, timer.Token).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.ProxyAuthenticationRequired) return new RegistryResponse(response, url, _options.IdleTimeout);
            response.Dispose();
            throw RegistryErrors.Proxy(host, request, _options);
        }
        catch (Exception e) when (Find<RequestBodyException>(e) is { } unread)
        {
            ExceptionDispatchInfo.Capture(unread.InnerException!).Throw();
            throw;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientException($"no answer to {request.Name} within the timeout", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or ObjectDisposedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Find<AuthenticationException>(e) is { } tls)
            {
                if (_rejection is { } rejected) throw RegistryErrors.Certificate(url.Authority, host, request, rejected, e);
                throw new TransientException(tls.Message, e) { IsNotHttps = true };
            }

            // The frameworks report the refusal of a tunnel in different ways, all of them with the status in the message.
            if (Regex.IsMatch(e.Message + " " + e.InnerException?.Message, @"['(]407[')]", RegexOptions.None, TimeSpan.FromSeconds(1)))
                throw RegistryErrors.Proxy(host, request, _options);
            if (IsClientCertificateRequired(e)) throw RegistryErrors.Unauthorized(host, request, null, null, $"{url.Authority} requires a client certificate{(_options.ClientCertificate is null ? "" : " of another issuer")}.");
            var socket = Find<SocketException>(e);
            var isUnknown = socket?.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData;
            var isClosed = socket is null && Find<IOException>(e) is { } closed && closed.Message.IndexOf("prematurely", StringComparison.Ordinal) >= 0;
            var problem = isUnknown ? $"the host {url.Host} is not known"
                : isClosed ? "the connection was closed before the answer" + (url.Scheme == Uri.UriSchemeHttps && _options.ClientCertificate is null ? ". A server that requires a client certificate does so" : "")
                : socket?.Message ?? WithoutUser(e.Message);
            throw new TransientException(problem, e)
            {
                IsUnknownHost = isUnknown,
                IsRefused = socket?.SocketErrorCode is SocketError.ConnectionRefused or SocketError.HostUnreachable or SocketError.NetworkUnreachable,
            };
        }
    }

    // The alerts of TLS for a missing client certificate (RFC 8446, section 6.2), as OpenSSL and Schannel report them.
    private static bool IsClientCertificateRequired(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error.Message.IndexOf("certificate required", StringComparison.OrdinalIgnoreCase) >= 0 || error.Message.IndexOf("alert bad certificate", StringComparison.OrdinalIgnoreCase) >= 0)
                return true;
        }

        return false;
    }

    private HttpRequestMessage Message(RegistryRequest request, Uri url, AuthenticationHeaderValue? authorization, CancellationTokenSource timer)
    {
        var message = new HttpRequestMessage(request.Method, url);
        message.Headers.Authorization = authorization;
        foreach (var type in request.Accept) message.Headers.TryAddWithoutValidation("Accept", type);
        message.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        message.Headers.TryAddWithoutValidation("User-Agent", "OciLayout");
        if (request.From > 0) message.Headers.TryAddWithoutValidation("Range", FormattableString.Invariant($"bytes={request.From}-"));
        if (request.Body is { } open)
        {
            var answer = request.AnswerTimeout ?? _options.IdleTimeout;
            message.Content = new RequestBody(open, request.BodyLength, timer, _options.IdleTimeout, answer, sendsFiles: url.Scheme == Uri.UriSchemeHttp && Polyfill.CanSendFiles);
            message.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
            // Without unit: some registries refuse "bytes a-b/*", which the type of the framework writes.
            if (request.ContentRange is { } range) message.Content.Headers.TryAddWithoutValidation("Content-Range", range);
            if (request.BodyLength > AnnouncedBody) message.Headers.ExpectContinue = true;
        }
        else if (request.Method == HttpMethod.Post || request.Method == HttpMethod.Put)
        {
            message.Content = new ByteArrayContent([]);
        }

        foreach (var header in request.Headers) message.Headers.TryAddWithoutValidation(header.Key, header.Value);
        return message;
    }

    // The message of a failed proxy has the URL of the proxy, which can have a password.
    private static string WithoutUser(string message) => Regex.Replace(message, @"//[^/@\s]*@", "//", RegexOptions.None, TimeSpan.FromSeconds(1));

    private static T? Find<T>(Exception? error)
        where T : Exception
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error is T found) return found;
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_client.IsValueCreated) _client.Value.Dispose();
        if (_others.IsValueCreated) _others.Value.Dispose();
    }
}
