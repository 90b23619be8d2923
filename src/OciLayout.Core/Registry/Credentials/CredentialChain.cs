using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Files;

namespace OciLayout.Registry.Credentials;

/// <summary>
/// Finds the account for a repository in the files that docker, podman and other tools write. The first source that has one decides.
/// Thread-safe.
/// </summary>
internal sealed class CredentialChain : IDisposable
{
    private static readonly TimeSpan KnownFor = TimeSpan.FromMinutes(1);

    // The warnings that this process showed, and the change of the file that each of them was about.
    private static readonly ConcurrentDictionary<string, DateTime> Shown = new(StringComparer.Ordinal);

    private const string EnvironmentSource = "DOCKER_AUTH_CONFIG";

    private readonly Func<string, string?> _environment;
    private readonly string _home;
    private readonly RegistryClock _clock;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly Dictionary<string, (DateTime Until, CredentialFile? File)> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (DateTime Until, RegistryCredential? Credential)> _answers = new(StringComparer.Ordinal);

    /// <param name="clock">The clock.</param>
    /// <param name="environment">Returns an environment variable.</param>
    /// <param name="home">The home directory of the user.</param>
    public CredentialChain(RegistryClock clock, Func<string, string?>? environment = null, string? home = null)
    {
        _clock = clock;
        _environment = environment ?? Environment.GetEnvironmentVariable;
        _home = home ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
    }

    /// <summary>
    /// Shows a message about a source that is broken, and returns whether it could. Other sources are used then. It is called once for each
    /// change of a source. Any thread may call it.
    /// </summary>
    public Func<string, bool>? Warning { get; set; }

    /// <summary>Finds an account.</summary>
    /// <param name="host">The host and port.</param>
    /// <param name="repository">The repository; null for the host itself.</param>
    /// <param name="cancellationToken">The token that stops a credential helper.</param>
    /// <returns>The account; null for anonymous access.</returns>
    public async Task<RegistryCredential?> FindAsync(string host, string? repository, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var key = host + "/" + repository;
            if (_answers.TryGetValue(key, out var known) && known.Until > _clock.UtcNow) return known.Credential;
            var found = await SearchAsync(host, repository, cancellationToken).ConfigureAwait(false);
            _answers[key] = (_clock.UtcNow + KnownFor, found);
            return found;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Returns an account that was found within the last minute; null otherwise. Reads no source.</summary>
    public RegistryCredential? FindKnown(string host, string? repository)
    {
        if (!_gate.Wait(0)) return null;
        try
        {
            return _answers.TryGetValue(host + "/" + repository, out var known) && known.Until > _clock.UtcNow ? known.Credential : null;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<RegistryCredential?> SearchAsync(string host, string? repository, CancellationToken cancellationToken)
    {
        foreach (var (source, isDocker) in Sources())
        {
            if (Open(source) is not { } file) continue;
            var account = isDocker ? null : file.AccountOf(host, repository);
            account ??= await AskAsync(file, host, cancellationToken).ConfigureAwait(false);
            account ??= file.AccountOf(host, repository);
            if (account is not null) return account;
        }

        return null;
    }

    // The order of docker and of containers-auth.json(5).
    private IEnumerable<(string Source, bool IsDocker)> Sources()
    {
        if (_environment(EnvironmentSource) is { Length: > 0 }) yield return (EnvironmentSource, true);
        if (_environment("REGISTRY_AUTH_FILE") is { Length: > 0 } file) yield return (file, false);
        if (!Native.IsWindows && _environment("XDG_RUNTIME_DIR") is { Length: > 0 } runtime) yield return (Path.Combine(runtime, "containers", "auth.json"), false);
        var config = _environment("XDG_CONFIG_HOME") is { Length: > 0 } set ? set : Path.Combine(_home, ".config");
        yield return (Path.Combine(config, "containers", "auth.json"), false);
        var docker = _environment("DOCKER_CONFIG") is { Length: > 0 } directory ? directory : Path.Combine(_home, ".docker");
        yield return (Path.Combine(docker, "config.json"), true);
    }

    private CredentialFile? Open(string source)
    {
        if (_files.TryGetValue(source, out var known) && known.Until > _clock.UtcNow) return known.File;
        CredentialFile? file = null;
        try
        {
            file = source == EnvironmentSource ? CredentialFile.Parse(_environment(source)!, source) : CredentialFile.Read(source);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            Warn(source, $"The credentials in '{source}' cannot be read: {e.Message.TrimEnd('.')}. Other sources are used.");
        }

        _files[source] = (_clock.UtcNow + KnownFor, file);
        return file;
    }

    private async Task<RegistryCredential?> AskAsync(CredentialFile file, string host, CancellationToken cancellationToken)
    {
        if ((file.HelperOf(host) ?? file.DefaultHelper) is not { Length: > 0 } helper) return null;
        try
        {
            // docker stores the account of Docker Hub under this name.
            var server = host == "docker.io" ? "https://index.docker.io/v1/" : host;
            return await CredentialHelper.GetAsync(helper, server, _environment("PATH"), cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            Warn(file.Source, $"The credential helper of '{file.Source}' cannot be used: {e.Message.TrimEnd('.')}. Other sources are used.");
            return null;
        }
    }

    // The sources are read again each minute, but the user needs the message only once.
    private void Warn(string source, string text)
    {
        var changed = source == EnvironmentSource ? DateTime.MinValue : File.GetLastWriteTimeUtc(source);
        if (Shown.TryGetValue(text, out var known) && known == changed) return;
        if (Warning?.Invoke(text) is true) Shown[text] = changed;
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();
}
