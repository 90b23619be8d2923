using System;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Registry.Server;

/// <summary>The registry of the distribution project (docker-registry of Debian) in a process of its own, with its files in a temporary directory.</summary>
internal sealed class DockerRegistry : IAsyncDisposable
{
    /// <summary>The user of <see cref="PasswordFile"/>.</summary>
    public const string User = "reader";

    /// <summary>The password of <see cref="PasswordFile"/>.</summary>
    public const string Password = "s3cret-Pa55";

    // Made by `htpasswd -Bbn`: the registry accepts bcrypt only.
    private const string PasswordFile = User + ":$2y$05$iZ50kmF0gVBXmBEhuwQtH.qIfbba20CLmrNZ8QXx4jpxj4jamX./C\n";

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);

    private readonly TemporaryDirectory _directory = new();
    private Process? _process;

    private DockerRegistry()
    {
    }

    /// <summary>The address, such as 127.0.0.1:40123.</summary>
    public string Host { get; private set; } = "";

    /// <summary>Starts a registry. Skips the test if the program is not installed.</summary>
    /// <param name="certificate">The certificate and its key for HTTPS; null for plain HTTP.</param>
    /// <param name="requiresPassword">Whether requests need <see cref="User"/> and <see cref="Password"/>.</param>
    /// <param name="clients">The certificate whose authority issues the certificates that clients need; null if they need none.</param>
    public static async Task<DockerRegistry> StartAsync(TestCertificate? certificate = null, bool requiresPassword = false, TestCertificate? clients = null)
    {
        var program = ExternalProcess.Find("docker-registry");
        Assert.SkipWhen(program is null, "docker-registry is not on PATH.");
        var registry = new DockerRegistry();
        try
        {
            await registry.RunAsync(program, certificate, requiresPassword, clients);
            return registry;
        }
        catch
        {
            await registry.DisposeAsync();
            throw;
        }
    }

    private async Task RunAsync(string program, TestCertificate? certificate, bool requiresPassword, TestCertificate? clients)
    {
        var tls = "";
        if (certificate is not null)
        {
            var file = _directory.NewFile("server.pem", Encoding.ASCII.GetBytes(certificate.CertificatePem));
            var key = _directory.NewFile("server.key", Encoding.ASCII.GetBytes(certificate.KeyPem));
            var authorities = clients is null ? "" : $", clientcas: [{_directory.NewFile("clients.pem", Encoding.ASCII.GetBytes(clients.Authority.ExportCertificatePem()))}]";
            tls = $", tls: {{certificate: {file}, key: {key}{authorities}}}";
        }

        var auth = requiresPassword ? $"auth: {{htpasswd: {{realm: test, path: {_directory.NewFile("htpasswd", Encoding.ASCII.GetBytes(PasswordFile))}}}}}" : "";
        var settings = $"""
            version: 0.1
            log: {"{"}level: info{"}"}
            storage: {"{"}filesystem: {"{"}rootdirectory: {_directory.NewDirectory("data")}{"}"}, delete: {"{"}enabled: true{"}"}{"}"}
            http: {"{"}addr: "127.0.0.1:0"{tls}{"}"}
            {auth}
            """;
        var start = new ProcessStartInfo(program, ["serve", _directory.NewFile("config.yml", Encoding.UTF8.GetBytes(settings))])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        var log = new StringBuilder();
        var address = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, line) =>
        {
            log.AppendLine(line.Data);
            if (line.Data is null) address.TrySetException(new InvalidOperationException("docker-registry ended: " + log));
            else if (AddressIn(line.Data) is { } found) address.TrySetResult(found);
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Host = await address.Task.WaitAsync(StartLimit, TestContext.Current.CancellationToken);
    }

    // … msg="listening on 127.0.0.1:40123, tls" …
    private static string? AddressIn(string line)
    {
        const string Announcement = "listening on 127.0.0.1:";
        if (line.IndexOf(Announcement, StringComparison.Ordinal) is not (>= 0 and var at)) return null;
        var end = line.IndexOfAny(['"', ','], at);
        return "127.0.0.1:" + int.Parse(line.AsSpan(at + Announcement.Length, end - at - Announcement.Length), CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            try
            {
                _process.Kill(entireProcessTree: true);
            }
            catch (InvalidOperationException)
            {
                // It has exited.
            }

            await _process.WaitForExitAsync(CancellationToken.None);
            _process.Dispose();
        }

        _directory.Dispose();
    }
}
