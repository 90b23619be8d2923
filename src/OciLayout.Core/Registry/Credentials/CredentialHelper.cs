using System;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Common;
using OciLayout.Files;

namespace OciLayout.Registry.Credentials;

/// <summary>Runs a credential helper: <c>docker-credential-NAME get</c> (docker/docker-credential-helpers).</summary>
internal static class CredentialHelper
{
    private const int OutputLimit = 64 * 1024;
    private const string IdentityTokenUser = "<token>";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <summary>Asks a helper for the account at a server.</summary>
    /// <param name="name">The name of the helper, such as <c>pass</c> or <c>ecr-login</c>.</param>
    /// <param name="server">The server, as the helper knows it.</param>
    /// <param name="path">The directories in which the helper is searched (PATH).</param>
    /// <param name="cancellationToken">The token that stops the helper.</param>
    /// <returns>The account; null if the helper has none.</returns>
    /// <exception cref="IOException">The helper does not exist, failed, or did not answer in time. The message has none of its output.</exception>
    public static async Task<RegistryCredential?> GetAsync(string name, string server, string? path, CancellationToken cancellationToken)
    {
        if (name.Length == 0 || !name.All(c => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '.' or '_' or '-'))
            throw new IOException($"'{PrintableText.Escape(Digest.Shorten(name))}' is not the name of a credential helper");
        var file = "docker-credential-" + name;
        using var process = Start(Find(file, path) ?? throw new FileNotFoundException($"{file} is not on PATH", file));
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(Timeout);
        var stopped = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = timer.Token.Register(() =>
        {
            process.KillAll();
            stopped.TrySetResult(true);
        });
        var asking = AskAsync(process, server, file);
        // Child processes of the helper can keep its output open after it was killed.
        await Task.WhenAny(asking, stopped.Task).ConfigureAwait(false);
        if (timer.IsCancellationRequested)
        {
            _ = asking.ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            cancellationToken.ThrowIfCancellationRequested();
            throw new IOException($"{file} did not answer within {Timeout.TotalSeconds:0} s");
        }

        var (exitCode, output) = await asking.ConfigureAwait(false);
        if (exitCode == 0) return Parse(output, file);
        return output.IndexOf("credentials not found", StringComparison.OrdinalIgnoreCase) >= 0 ? null : throw new IOException($"{file} failed with exit code {exitCode}");
    }

    private static async Task<(int ExitCode, string Output)> AskAsync(Process process, string server, string file)
    {
        try
        {
            var line = Encoding.UTF8.GetBytes(server);
            await process.StandardInput.BaseStream.WriteAsync(line, 0, line.Length).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The helper answers without reading its input.
        }

        var output = await ReadAsync(process.StandardOutput).ConfigureAwait(false);
        if (output is null)
        {
            process.KillAll();
            throw new IOException($"{file} wrote more than {OutputLimit / 1024} KiB");
        }

        process.WaitForExit();
        return (process.ExitCode, output);
    }

    // The system would also search the current directory, which another user may have written.
    private static string? Find(string file, string? path) =>
        (path ?? "").Split([Path.PathSeparator], StringSplitOptions.RemoveEmptyEntries).Where(Path.IsPathRooted)
            .Select(directory => Path.Combine(directory, Native.IsWindows ? file + ".exe" : file)).FirstOrDefault(File.Exists);

    private static RegistryCredential? Parse(string output, string file)
    {
        try
        {
            using var document = JsonDocument.Parse(output);
            var user = document.RootElement.TryGetProperty("Username", out var name) ? name.GetString() ?? "" : "";
            var secret = document.RootElement.TryGetProperty("Secret", out var value) ? value.GetString() ?? "" : "";
            if (secret.Length == 0) return null;
            return (user == IdentityTokenUser ? RegistryCredential.FromIdentityToken(secret) : new RegistryCredential(user, secret)).From(file);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new IOException($"the answer of {file} is not valid JSON");
        }
    }

    private static Process Start(string file)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(file, "get")
            {
                UseShellExecute = false,
                CreateNoWindow = true,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = false,
            }) ?? throw new IOException($"{Path.GetFileName(file)} cannot be started");
        }
        catch (Win32Exception e)
        {
            throw new IOException($"{Path.GetFileName(file)} cannot be started: {e.Message}", e);
        }
    }

    // Returns null if there is too much output.
    private static async Task<string?> ReadAsync(StreamReader reader)
    {
        var result = new StringBuilder();
        var buffer = new char[4096];
        while (true)
        {
            var read = await reader.ReadAsync(buffer, 0, buffer.Length).ConfigureAwait(false);
            if (read == 0) return result.ToString();
            if (result.Length + read > OutputLimit) return null;
            result.Append(buffer, 0, read);
        }
    }
}
