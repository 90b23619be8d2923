using System;
using System.Linq;
using System.Text.RegularExpressions;
using OciLayout.Common;
using OciLayout.Registry;

namespace OciLayout;

/// <summary>
/// A reference to a repository in a registry, and optionally to a tag or digest in it: <c>oci://host[:port]/repository[:tag][@digest]</c>
/// (distribution-spec, "Pulling manifests"). Immutable. Parsing does not use the network.
/// </summary>
public sealed class RegistryReference : IEquatable<RegistryReference>
{
    /// <summary>The scheme of OCI registries.</summary>
    public const string Scheme = "oci://";

    /// <summary>The scheme that applies the defaults of Docker: the host <c>docker.io</c> and the tag <c>latest</c>.</summary>
    public const string DockerScheme = "docker://";

    private const int MaxLength = 255;
    private const int MaxTagLength = 128;
    private const string Hub = "docker.io";
    private const string HubApi = "registry-1.docker.io";

    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);
    private static readonly Regex ComponentGrammar = new(@"^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*\z", RegexOptions.CultureInvariant, MatchTimeout);
    private static readonly Regex HostGrammar = new(
        @"^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*\z", RegexOptions.CultureInvariant, MatchTimeout);

    private static readonly Regex TagGrammar = new(@"^[A-Za-z0-9_][A-Za-z0-9._-]*\z", RegexOptions.CultureInvariant, MatchTimeout);

    private RegistryReference(string host, int? port, string repository, string? tag, Digest digest)
    {
        Host = host;
        Port = port;
        Repository = repository;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>The host in lower case: a DNS name, an IPv4 address, or an IPv6 address in brackets. Docker Hub is <c>docker.io</c>.</summary>
    public string Host { get; }

    /// <summary>The port; null for the default port.</summary>
    public int? Port { get; }

    /// <summary>The repository; empty when the reference names only a host.</summary>
    public string Repository { get; }

    /// <summary>The tag; null if there is none.</summary>
    public string? Tag { get; }

    /// <summary>The digest; empty if there is none. It takes precedence over the tag.</summary>
    public Digest Digest { get; }

    /// <summary>The host and the port, as they are printed and as credentials name them.</summary>
    public string Authority => Port is { } port ? $"{Host}:{port}" : Host;

    /// <summary>The host and port that requests go to.</summary>
    internal string ApiAuthority => Host == Hub && Port is null ? HubApi : Authority;

    /// <summary>The host that requests go to, without the port.</summary>
    internal string ApiHost => Host == Hub && Port is null ? HubApi : Host;

    /// <summary>Whether the host is this computer.</summary>
    internal bool IsLoopback => HostAddress.IsLoopbackName(Host);

    /// <summary>Returns whether text starts with the scheme of a registry.</summary>
    public static bool HasScheme(string text) =>
        Guard.NotNull(text).StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || text.StartsWith(DockerScheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>Parses a reference.</summary>
    /// <param name="text">The reference, with its scheme.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidReference"/>: the text is not a reference to a repository.</exception>
    public static RegistryReference Parse(string text)
    {
        var result = ParseHost(text);
        return result.Repository.Length > 0 ? result : throw (result.Port is null && result.Host.IndexOf('.') < 0 && result.Host != "localhost" ? Refuse(result.ToString(), "it has no repository", $"{Scheme}{Hub}/{result.Host}") : Refuse(result.ToString(), "it has no repository"));
    }

    /// <summary>Parses a reference that may name only a host.</summary>
    internal static RegistryReference ParseHost(string text)
    {
        if (string.IsNullOrEmpty(text)) throw new OciException(OciErrorKind.MissingReference, "A reference is required.", "");
        var isDocker = text.StartsWith(DockerScheme, StringComparison.OrdinalIgnoreCase);
        if (!isDocker && !text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            throw Refuse(WithoutUser(text), $"it does not start with {Scheme}");
        var rest = text.Substring(isDocker ? DockerScheme.Length : Scheme.Length);
        var shown = WithoutUser(text);
        if (rest.StartsWith("unix:", StringComparison.OrdinalIgnoreCase)) throw Refuse(shown, "a Unix socket is not supported; name a host and a port");
        if (rest.IndexOf("://", StringComparison.Ordinal) >= 0) throw Refuse(shown, "it has two schemes");
        if (rest.IndexOfAny(['?', '#', '%', '\\', ' ']) is >= 0 and var bad) throw Refuse(shown, $"'{rest[bad]}' is not permitted");
        return isDocker ? ParseDocker(rest, shown) : Parse(rest, shown, defaultTag: null);
    }

    private static RegistryReference ParseDocker(string rest, string shown)
    {
        if (rest.Length == 64 && Digest.IsLowerHex(rest.AsSpan())) throw Refuse(shown, "64 hex digits are an image id, not the name of a repository");
        var slash = rest.IndexOf('/');
        var first = slash < 0 ? "" : rest.Substring(0, slash);
        var isHost = first == "localhost" || first.IndexOfAny(['.', ':']) >= 0 || first.Any(char.IsUpper);
        var result = Parse(isHost ? rest : Hub + "/" + rest, shown, "latest");
        return result;
    }

    private static RegistryReference Parse(string rest, string shown, string? defaultTag)
    {
        var digest = default(Digest);
        if (rest.IndexOf('/') is var end && rest.IndexOf('@') is var user && user >= 0 && (end < 0 || user < end))
            throw Refuse(shown, "it has a user name, and credentials are not part of a reference");
        if (rest.IndexOf('@') is >= 0 and var at)
        {
            var digestText = rest.Substring(at + 1);
            if (!Digest.TryParse(digestText, out digest)) throw Refuse(shown, $"'{digestText}' is not a complete digest");
            rest = rest.Substring(0, at);
        }

        var slash = rest.IndexOf('/');
        var authority = slash < 0 ? rest : rest.Substring(0, slash);
        var path = slash < 0 ? "" : rest.Substring(slash + 1);
        string? tag = null;
        if (path.LastIndexOf(':') is >= 0 and var colon && colon > path.LastIndexOf('/'))
        {
            tag = path.Substring(colon + 1);
            path = path.Substring(0, colon);
            CheckTag(tag, shown);
        }

        var (host, port) = ParseAuthority(authority, shown);
        if (IsHub(host, port)) (host, path) = (Hub, path.Length > 0 && path.IndexOf('/') < 0 ? "library/" + path : path);
        if (slash >= 0 || path.Length > 0) CheckRepository(path, host, shown);
        var result = new RegistryReference(host, port, path, tag ?? (digest.IsEmpty && path.Length > 0 ? defaultTag : null), digest);
        if (result.Authority.Length + 1 + path.Length > MaxLength) throw Refuse(shown, $"host and repository have {result.Authority.Length + 1 + path.Length} characters; the limit is {MaxLength}");
        return result;
    }

    private static (string Host, int? Port) ParseAuthority(string authority, string shown)
    {
        if (authority.Length == 0) throw Refuse(shown, "it has no host");
        string host;
        string? portText = null;
        if (authority[0] == '[')
        {
            var end = authority.IndexOf(']');
            host = end < 0 ? "" : authority.Substring(0, end + 1).ToLowerInvariant();
            if (end < 0 || !HostAddress.IsIPv6(host)) throw Refuse(shown, "the address in brackets is not an IPv6 address");
            if (end + 1 < authority.Length) portText = authority[end + 1] == ':' ? authority.Substring(end + 2) : throw Refuse(shown, "only a port can follow the address");
        }
        else
        {
            var colon = authority.IndexOf(':');
            if (colon != authority.LastIndexOf(':')) throw Refuse(shown, "an IPv6 address is written in brackets");
            host = (colon < 0 ? authority : authority.Substring(0, colon)).ToLowerInvariant();
            if (!HostGrammar.IsMatch(host)) throw Refuse(shown, $"'{host}' is not a host");
            if (colon >= 0) portText = authority.Substring(colon + 1);
        }

        if (portText is null) return (host, null);
        var isNumber = portText.Length is > 0 and <= 5 && portText.All(c => c is >= '0' and <= '9');
        return isNumber && int.Parse(portText, System.Globalization.CultureInfo.InvariantCulture) is >= 1 and <= 65535 and var port
            ? (host, port)
            : throw Refuse(shown, $"'{portText}' is not a port from 1 to 65535");
    }

    private static bool IsHub(string host, int? port) => port is null && host is Hub or "index.docker.io" or HubApi;

    private static void CheckRepository(string path, string host, string shown)
    {
        foreach (var component in path.Split('/'))
        {
            if (ComponentGrammar.IsMatch(component)) continue;
            if (component.Length == 0) throw Refuse(shown, "a part of the repository is empty");
            if (component.IndexOf(':') >= 0) throw Refuse(shown, "it has two tags");
            throw ComponentGrammar.IsMatch(component.ToLowerInvariant())
                ? Refuse(shown, $"a repository must be lowercase: {Scheme}{host}/{path.ToLowerInvariant()}", $"{Scheme}{host}/{path.ToLowerInvariant()}")
                : Refuse(shown, $"'{component}' cannot be a part of a repository");
        }
    }

    private static void CheckTag(string tag, string shown)
    {
        if (tag.Length == 0) throw Refuse(shown, "the tag after ':' is empty");
        if (tag.Length > MaxTagLength) throw Refuse(shown, $"the tag has {tag.Length} characters; the limit is {MaxTagLength}");
        if (!TagGrammar.IsMatch(tag)) throw Refuse(shown, $"'{tag}' is not a tag of a registry");
    }

    /// <summary>Returns whether a registry accepts a name of a repository.</summary>
    internal static bool IsRepository(string path) => path.Length is > 0 and <= MaxLength && path.Split('/').All(c => ComponentGrammar.IsMatch(c));

    /// <summary>Returns whether a registry accepts a tag.</summary>
    internal static bool IsTag(string tag) => tag.Length is > 0 and <= MaxTagLength && TagGrammar.IsMatch(tag);

    /// <summary>Returns a reference without its user name and password, which are never repeated.</summary>
    internal static string WithoutUser(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal) is >= 0 and var scheme ? scheme + 3 : 0;
        var at = text.LastIndexOf('@');
        if (at < start) return text;
        // A digest follows a repository and has no slash. A password can have one.
        var hasPath = text.IndexOf('/', start) is var slash && slash >= 0 && slash < at;
        var isDigest = text.IndexOf('/', at) < 0 && (hasPath || Digest.TryParse(text.Substring(at + 1), out _));
        return isDigest ? text : text.Substring(0, start) + "…" + text.Substring(at);
    }

    private static OciException Refuse(string shown, string problem, string expected = "oci://host[:port]/repository[:tag][@digest]")
    {
        shown = Digest.Shorten(shown);
        return new OciException(OciErrorKind.InvalidReference, $"'{shown}' is not a reference to a registry: {problem}.", shown)
        {
            Expected = expected,
            Actual = shown,
        };
    }

    /// <summary>Returns the reference of the same repository with another tag, or without one.</summary>
    internal RegistryReference WithTag(string? tag) => new(Host, Port, Repository, tag, default);

    /// <summary>Returns the reference of the same repository with a digest.</summary>
    internal RegistryReference WithDigest(Digest digest) => new(Host, Port, Repository, null, digest);

    /// <summary>Returns the reference of another repository of the host.</summary>
    internal RegistryReference WithRepository(string repository)
    {
        if (Host == Hub && Port is null && repository.IndexOf('/') < 0) repository = "library/" + repository;
        CheckRepository(repository, Host, Scheme + Authority + "/" + repository);
        return new(Host, Port, repository, null, default);
    }

    /// <summary>Returns the repository without tag and digest: <c>oci://host[:port]/repository</c>.</summary>
    public string ToRepositoryString() => Scheme + Authority + (Repository.Length > 0 ? "/" + Repository : "");

    /// <summary>Returns the reference. It parses to an equal value.</summary>
    public override string ToString() => ToRepositoryString() + (Tag is null ? "" : ":" + Tag) + (Digest.IsEmpty ? "" : "@" + Digest);

    /// <inheritdoc/>
    public bool Equals(RegistryReference? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RegistryReference);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToString());
}
