using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace OciLayout.Registry.Credentials;

/// <summary>
/// The credentials in a JSON file of docker (<c>config.json</c>) or podman (<c>auth.json</c>): stored accounts, and the names of credential
/// helpers (containers-auth.json(5)).
/// </summary>
internal sealed class CredentialFile
{
    private const long SizeLimit = 4 << 20;

    private readonly Dictionary<string, RegistryCredential?> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _helpers = new(StringComparer.Ordinal);

    private CredentialFile(string source) => Source = source;

    /// <summary>The path of the file, or the name of the environment variable.</summary>
    public string Source { get; }

    /// <summary>The helper for hosts that have no helper of their own; null if there is none.</summary>
    public string? DefaultHelper { get; private set; }

    /// <summary>Reads a file.</summary>
    /// <returns>The credentials; null if the file does not exist.</returns>
    /// <exception cref="InvalidDataException">The file is not valid. The message has no content of the file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static CredentialFile? Read(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > SizeLimit }) throw new InvalidDataException("it is too large");
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Parses the text of a file.</summary>
    /// <exception cref="InvalidDataException">The text is not valid.</exception>
    public static CredentialFile Parse(string text, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var result = new CredentialFile(source);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new InvalidDataException("it is not a JSON object");
            foreach (var entry in Members(root, "auths")) result._accounts[entry.Name] = AccountOf(entry.Value, source);
            foreach (var entry in Members(root, "credHelpers"))
            {
                if (entry.Value.ValueKind == JsonValueKind.String) result._helpers[Normalize(entry.Name)] = entry.Value.GetString()!;
            }

            result.DefaultHelper = Text(root, "credsStore");
            return result;
        }
        catch (JsonException)
        {
            throw new InvalidDataException("it is not valid JSON");
        }
    }

    /// <summary>Returns the helper that is configured for a host; null if there is none.</summary>
    public string? HelperOf(string host) => Names(host).Select(n => _helpers.TryGetValue(n, out var helper) ? helper : null).FirstOrDefault(h => h is not null);

    /// <summary>Returns the stored account for a repository: the most specific entry of the host and its namespaces.</summary>
    /// <param name="host">The host and port.</param>
    /// <param name="repository">The repository; null for the host itself.</param>
    public RegistryCredential? AccountOf(string host, string? repository)
    {
        foreach (var name in Names(host))
        {
            for (var key = repository is null ? name : name + "/" + repository; ;)
            {
                if (Find(key) is { } account) return account;
                var slash = key.LastIndexOf('/');
                if (slash < 0) break;
                key = key.Substring(0, slash);
            }
        }

        return null;
    }

    private RegistryCredential? Find(string key)
    {
        foreach (var account in _accounts)
        {
            if (account.Value is not null && Normalize(account.Key) == key) return account.Value;
        }

        return null;
    }

    /// <summary>Returns the names under which files list a host. Docker Hub has several.</summary>
    public static IReadOnlyList<string> Names(string host) => host == "docker.io" ? ["docker.io", "index.docker.io", "registry-1.docker.io"] : [host];

    // Docker writes URLs, such as https://index.docker.io/v1/. podman writes host/namespace.
    private static string Normalize(string key)
    {
        var isUrl = key.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || key.StartsWith("http://", StringComparison.OrdinalIgnoreCase);
        if (!isUrl) return key.TrimEnd('/');
        var rest = key.Substring(key.IndexOf("://", StringComparison.Ordinal) + 3);
        var slash = rest.IndexOf('/');
        return slash < 0 ? rest : rest.Substring(0, slash);
    }

    private static RegistryCredential? AccountOf(JsonElement entry, string source)
    {
        if (entry.ValueKind != JsonValueKind.Object) return null;
        if (Text(entry, "identitytoken") is { Length: > 0 } token) return RegistryCredential.FromIdentityToken(token).From(source);
        if (Text(entry, "auth") is { Length: > 0 } encoded)
        {
            try
            {
                var text = Encoding.UTF8.GetString(Convert.FromBase64String(encoded)).TrimEnd('\0');
                var colon = text.IndexOf(':');
                return colon < 0 ? null : new RegistryCredential(text.Substring(0, colon), text.Substring(colon + 1)).From(source);
            }
            catch (FormatException)
            {
                throw new InvalidDataException("an entry is not valid base64");
            }
        }

        return Text(entry, "username") is { Length: > 0 } user && Text(entry, "password") is { } password ? new RegistryCredential(user, password).From(source) : null;
    }

    private static JsonElement.ObjectEnumerator Members(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : default;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
