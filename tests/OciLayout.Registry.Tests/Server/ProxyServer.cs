using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Registry.Server;

/// <summary>A proxy (squid or tinyproxy) in a process of its own.</summary>
internal sealed class ProxyServer : IAsyncDisposable
{
    /// <summary>The user of a proxy with a password.</summary>
    public const string User = "carol";

    /// <summary>The password.</summary>
    public const string Password = "pr0xy-Pa55";

    // Made by `htpasswd -nbm`.
    private const string PasswordFile = User + ":$apr1$RteqlHPm$fWpCO8/LOS5SH7ZQkFRif0\n";

    private const int MaxAttempts = 5;

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);

    private readonly TemporaryDirectory _directory = new();
    private readonly StringBuilder _output = new();
    private readonly string _name = "t" + Guid.NewGuid().ToString("N")[..16];
    private Process? _process;

    private ProxyServer()
    {
    }

    /// <summary>The address, such as http://127.0.0.1:40123.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1");

    private string AccessLog => _directory["access.log"];

    /// <summary>Starts a proxy. Skips the test if the program is not installed.</summary>
    /// <param name="program">squid or tinyproxy.</param>
    /// <param name="hasPassword">Whether requests need <see cref="User"/> and <see cref="Password"/>.</param>
    public static async Task<ProxyServer> StartAsync(string program, bool hasPassword)
    {
        var path = ExternalProcess.Find(program) ?? (File.Exists("/usr/sbin/" + program) ? "/usr/sbin/" + program : null);
        Assert.SkipWhen(path is null, program + " is not on PATH.");
        for (var attempt = 1; ; attempt++)
        {
            var proxy = new ProxyServer();
            try
            {
                await proxy.RunAsync(path, program == "squid", hasPassword);
                return proxy;
            }
            catch (Exception e)
            {
                await proxy.DisposeAsync();

                // The proxies cannot choose a free port themselves. Another program may have taken the port in the meantime.
                if (attempt == MaxAttempts || e is not InvalidOperationException) throw;
            }
        }
    }

    private async Task RunAsync(string path, bool isSquid, bool hasPassword)
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Address = new Uri("http://" + free.LocalEndpoint);
        }

        var settings = _directory.NewFile("proxy.conf", Encoding.ASCII.GetBytes(isSquid ? Squid(hasPassword) : Tinyproxy(hasPassword)));
        // squid changes to another user.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_directory.Path, (UnixFileMode)0x1FF);
        string[] arguments = isSquid ? ["-n", _name, "-N", "-d", "1", "-f", settings] : ["-d", "-c", settings];
        _process = Process.Start(new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _process.StandardInput.Close();
        var accepts = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await accepts.Task.WaitAsync(StartLimit, TestContext.Current.CancellationToken);

        void Take(string? line)
        {
            string output;
            lock (_output) output = _output.AppendLine(line).ToString(); // both streams end at the same time
            if (line is null) accepts.TrySetException(new InvalidOperationException($"{path} ended: {output}"));
            else if (line.Contains("Accepting HTTP Socket connections", StringComparison.Ordinal) || line.Contains("Accepting connections", StringComparison.Ordinal)) accepts.TrySetResult();
        }
    }

    // The log has all headers that the proxy can read.
    private string Squid(bool hasPassword)
    {
        var access = hasPassword
            ? $"""
                auth_param basic program /usr/lib/squid/basic_ncsa_auth {_directory.NewFile("passwords", Encoding.ASCII.GetBytes(PasswordFile))}
                auth_param basic children 1 startup=1
                acl known proxy_auth REQUIRED
                http_access allow known
                http_access deny all
                """
            : "http_access allow all";
        return $"""
            http_port {Address.Authority}
            {access}
            cache deny all
            cache_mem 0
            memory_cache_shared off
            access_log stdio:{AccessLog}
            log_mime_hdrs on
            cache_log /dev/null
            pid_filename none
            netdb_filename none
            pinger_enable off
            shutdown_lifetime 0 seconds

            """;
    }

    private string Tinyproxy(bool hasPassword) => $"""
        Port {Address.Port}
        Listen 127.0.0.1
        LogLevel Info
        {(hasPassword ? $"BasicAuth {User} {Password}" : "")}

        """;

    /// <summary>Stops the proxy, and returns its log of requests.</summary>
    public async Task<string> StopAsync()
    {
        if (_process is { HasExited: false })
        {
            await ExternalProcess.RunAsync("kill", ["-INT", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        lock (_output) return _output + (File.Exists(AccessLog) ? File.ReadAllText(AccessLog) : "");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process?.Dispose();
        _directory.Dispose();
    }
}
