using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace OciLayout.Tests.Registry.Server;

/// <summary>A registry (distribution-spec) on a loopback port, with its content in memory, a log of all requests, and faults on demand.</summary>
internal sealed class TestRegistry : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly RegistryRoutes _routes;
    private readonly ConcurrentQueue<LoggedRequest> _log = new();

    private TestRegistry(WebApplication application)
    {
        _application = application;
        _routes = new RegistryRoutes(this);
    }

    /// <summary>The host and port, such as 127.0.0.1:40123.</summary>
    public string Host { get; private set; } = "";

    /// <summary>The origin, such as http://127.0.0.1:40123.</summary>
    public string Origin { get; private set; } = "";

    /// <summary>The repositories.</summary>
    public RegistryContent Content { get; } = new();

    /// <summary>The features that the registry supports.</summary>
    public RegistryFeatures Features { get; } = new();

    /// <summary>The faults.</summary>
    public FaultList Faults { get; } = new();

    /// <summary>The authentication; null for none.</summary>
    public TestAccounts? Accounts { get; set; }

    /// <summary>The requests so far.</summary>
    public IReadOnlyList<LoggedRequest> Log => [.. _log];

    /// <summary>Starts a registry.</summary>
    /// <param name="certificate">The certificate for HTTPS; null for plain HTTP.</param>
    /// <param name="needsClientCertificate">Whether a client has to authenticate with a certificate.</param>
    /// <param name="address">The address; null for 127.0.0.1.</param>
    public static async Task<TestRegistry> StartAsync(TestCertificate? certificate = null, bool needsClientCertificate = false, IPAddress? address = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(address ?? IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                if (certificate is null) return;
                listen.UseHttps(certificate.Server, https =>
                {
                    https.ClientCertificateMode = needsClientCertificate ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
                    https.ClientCertificateValidation = (_, _, _) => true;
                });
            });
        });
        var registry = new TestRegistry(builder.Build());
        registry._application.Run(registry.HandleAsync);
        await registry._application.StartAsync();
        registry.Origin = registry._application.Urls.Single();
        registry.Host = new Uri(registry.Origin).Authority;
        return registry;
    }

    /// <summary>Returns a client for this registry. Waits end at once, and stored credentials are not used.</summary>
    public OciRegistry Client(FakeClock? clock = null, Func<RegistryOptions, RegistryOptions>? change = null)
    {
        var options = new RegistryOptions { UseStoredCredentials = false, AllowUnencrypted = true, Clock = clock ?? new FakeClock() };
        return new OciRegistry(Host, change is null ? options : change(options));
    }

    /// <summary>Forgets the log.</summary>
    public void ClearLog() => _log.Clear();

    private async Task HandleAsync(HttpContext context)
    {
        var entry = new LoggedRequest(context.Request);
        _log.Enqueue(entry);
        context.Request.Body = new MeteredBody(context.Request.Body, read => entry.ReceivedBytes += read);
        context.Response.Body = new MeteredBody(context.Response.Body, written => entry.SentBytes += written);
        context.Response.OnStarting(() =>
        {
            entry.Status = context.Response.StatusCode;
            return Task.CompletedTask;
        });
        try
        {
            if (Accounts is null || !await Accounts.AnswersAsync(context)) await Faults.AnswerAsync(context, () => _routes.HandleAsync(context));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        {
            // The connection was cut on purpose.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }
}
