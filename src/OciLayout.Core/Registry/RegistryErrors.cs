using System;
using System.Collections.Generic;
using System.Net;
using OciLayout.Model;

namespace OciLayout.Registry;

/// <summary>Makes the errors of registries.</summary>
internal static class RegistryErrors
{
    /// <summary>The part of an error body that is read, in bytes.</summary>
    public const int BodyLimit = 8 * 1024;

    private const int ShownLength = 200;

    /// <summary>Returns the error for an answer that reports a failure.</summary>
    /// <param name="host">The host of the registry.</param>
    /// <param name="request">The request.</param>
    /// <param name="status">The status.</param>
    /// <param name="contentType">The media type of the body.</param>
    /// <param name="body">The body.</param>
    public static OciException Of(string host, RegistryRequest request, HttpStatusCode status, string? contentType, ErrorBody body)
    {
        var (code, message) = body;
        code = code is null ? null : Shown(code);
        var fault = new RegistryFault(host, request.Name, (int)status, code);
        var said = message is { Length: > 0 } ? $": {Shown(message)}" : code is null ? "" : $": {code}";
        var answer = $"{host} answered {(int)status} to {request.Name}{said}";
        var isPage = contentType is not null && contentType.IndexOf("html", StringComparison.OrdinalIgnoreCase) >= 0;
        if (code is null && isPage)
            return Make(OciErrorKind.RegistryError, $"{host} is not a registry, or a proxy answered: the answer to {request.Name} is a web page (status {(int)status}).", fault);
        return (int)status switch
        {
            401 or 403 => Make(OciErrorKind.Unauthorized, answer + ".", fault),
            404 => Make(OciErrorKind.NotFound, answer + ".", fault),
            429 => Make(OciErrorKind.RateLimited, answer + ".", fault),
            405 or 501 => Make(OciErrorKind.UnsupportedOperation, answer + ".", fault),
            408 or 499 or >= 500 => Make(OciErrorKind.RegistryUnavailable, answer + ".", fault),
            _ when code == "UNSUPPORTED" => Make(OciErrorKind.UnsupportedOperation, answer + ".", fault),
            _ => Make(OciErrorKind.RegistryError, answer + ".", fault),
        };
    }

    /// <summary>Returns the message in the body of an error, in a form that can be shown; null if there is none.</summary>
    public static string? MessageOf(ErrorBody body) => body.Message is { Length: > 0 } message ? Shown(message) : null;

    /// <summary>Returns the error for an answer that violates the protocol.</summary>
    public static OciException Protocol(string host, RegistryRequest request, int? status, string problem) =>
        Make(OciErrorKind.RegistryError, $"The answer of {host} to {request.Name} is not valid: {problem}.", new RegistryFault(host, request.Name, status, null));

    /// <summary>Returns the error for a host that cannot be reached.</summary>
    public static OciException Unavailable(string host, RegistryRequest request, string problem, int attempts, Exception? cause = null)
    {
        var tried = attempts > 1 ? $" after {attempts} attempts" : "";
        return Make(OciErrorKind.RegistryUnavailable, $"{host} cannot be reached{tried}: {problem.TrimEnd('.')}.", new RegistryFault(host, request.Name, null, null), cause);
    }

    /// <summary>Returns the error for a wait that is longer than permitted.</summary>
    public static OciException RateLimited(string host, RegistryRequest request, TimeSpan wait, TimeSpan limit) => Make(
        OciErrorKind.RateLimited,
        $"{host} limits requests and accepts the next one in {Seconds(wait)} s; the longest permitted wait is {Seconds(limit)} s.",
        new RegistryFault(host, request.Name, 429, null));

    /// <summary>Returns the error for a certificate that is refused.</summary>
    /// <param name="server">The server, which can be another one than the registry.</param>
    /// <param name="host">The registry.</param>
    /// <param name="request">The request.</param>
    /// <param name="problem">The reason.</param>
    /// <param name="cause">The cause.</param>
    public static OciException Certificate(string server, string host, RegistryRequest request, string problem, Exception cause) => Make(
        OciErrorKind.UntrustedEndpoint, $"The certificate of {server} is refused: {problem}.", new RegistryFault(host, request.Name, null, null), cause);

    /// <summary>Returns the error for a proxy that refuses the client.</summary>
    public static OciException Proxy(string host, RegistryRequest request, RegistryOptions options)
    {
        var proxy = options.Proxy is { } set ? $"The proxy {set.Authority}" : "The proxy";
        var problem = options.ProxyCredential is { } account ? $"refused the account '{account.UserName}'" : "requires an account";
        return Make(OciErrorKind.Unauthorized, $"{proxy} {problem} for a request to {host}.", new RegistryFault(host, request.Name, 407, null));
    }

    /// <summary>Returns the error for an endpoint that must not be used.</summary>
    /// <param name="host">The registry.</param>
    /// <param name="request">The request.</param>
    /// <param name="what">The thing that names the endpoint, such as "a redirect".</param>
    /// <param name="target">The endpoint.</param>
    /// <param name="problem">The reason.</param>
    public static OciException Untrusted(string host, RegistryRequest request, string what, Uri target, string problem) => Make(
        OciErrorKind.UntrustedEndpoint,
        $"{host} names {target.Scheme}://{target.Authority} in {what}, which is refused: {problem}. No credentials were sent there.",
        new RegistryFault(host, request.Name, null, null));

    /// <summary>Returns the error for an account that is refused.</summary>
    public static OciException Unauthorized(string host, RegistryRequest request, int? status, string? code, string message) =>
        Make(OciErrorKind.Unauthorized, message, new RegistryFault(host, request.Name, status, code));

    /// <summary>Returns the error for a tag that cannot be deleted without its manifest.</summary>
    /// <param name="host">The registry.</param>
    /// <param name="tag">The tag.</param>
    /// <param name="others">The other tags of its manifest; null if they are not known.</param>
    /// <param name="error">The answer of the registry.</param>
    public static OciException DeletesByDigest(string host, string tag, IReadOnlyList<string>? others, OciException error)
    {
        var effect = others switch
        {
            null => "This would delete all tags of the manifest.",
            [] => "The manifest has no other tag.",
            _ => $"This would delete the {(others.Count == 1 ? "tag" : "tags")} {DeletionErrors.Names(others)}, too.",
        };
        return new OciException(OciErrorKind.UnsupportedOperation, $"{host} deletes manifests by digest only. {effect}", tag, error.InnerException ?? error) { Registry = error.Registry, Related = others ?? [] };
    }

    /// <summary>Returns the error for a manifest that a repository does not have.</summary>
    /// <param name="name">The complete name.</param>
    /// <param name="reference">The tag or digest.</param>
    public static OciException NotFound(string name, string reference) => new(OciErrorKind.NotFound, $"{name} does not exist.", reference);

    /// <summary>Returns the error for text that is not a tag.</summary>
    public static OciException NotATag(string text, string repository) =>
        new(OciErrorKind.InvalidReference, $"'{Digest.Shorten(text)}' is not a tag, which {repository} requires.", Digest.Shorten(text));

    /// <summary>Returns the error for text that is neither a tag nor a complete digest.</summary>
    public static OciException NotAReference(string text, string repository) =>
        new(OciErrorKind.InvalidReference, $"'{Digest.Shorten(text)}' is not a tag or a complete digest, which {repository} requires.", Digest.Shorten(text));

    /// <summary>Returns the error for a tag of a layout that a registry does not permit.</summary>
    public static OciException TagNotPermitted(string tag, string repository) =>
        new(OciErrorKind.InvalidReference, $"'{Digest.Shorten(tag)}' cannot be a tag in {repository}.", Digest.Shorten(tag))
        {
            Expected = "at most 128 letters, digits, _ . and -, of which the first is a letter, a digit or _ (distribution-spec, \"Pulling manifests\")",
        };

    /// <summary>Returns the error for content that cannot have a tag in a registry.</summary>
    public static OciException TagsOnlyManifests(Descriptor target, string tag, string repository) =>
        new(OciErrorKind.UnsupportedMediaType, $"{target.Digest} cannot get the tag '{tag}' in {repository}: a registry tags only manifests.", target.Digest.ToString())
        {
            Expected = "a manifest or index",
            Actual = target.MediaType,
        };

    /// <summary>Returns the error for content that cannot be deleted by name, because the registry decides when to delete it.</summary>
    public static OciException DeletesNoBlobs(Digest digest) =>
        new(OciErrorKind.UnsupportedOperation, $"{digest} is a blob. A registry deletes blobs itself when no manifest needs them.", digest.ToString());

    /// <summary>Returns the error for a registry that refuses a manifest although all content below it was pushed.</summary>
    public static OciException LacksContent(string repository) =>
        new(OciErrorKind.IncompleteGraph, $"{repository} lacks content that a manifest needs, and refuses the manifest.", repository);

    private static OciException Make(OciErrorKind kind, string message, RegistryFault fault, Exception? cause = null) =>
        new(kind, message, fault.Host, cause) { Registry = fault };

    /// <summary>Returns text of a server in a form that can be shown.</summary>
    public static string Shown(string text)
    {
        text = PrintableText.Escape(text.Trim().TrimEnd('.'));
        return text.Length <= ShownLength ? text : text.Substring(0, ShownLength) + "…";
    }

    private static string Seconds(TimeSpan time) => Math.Ceiling(time.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
