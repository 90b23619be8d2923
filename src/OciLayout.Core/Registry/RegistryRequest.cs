using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Http;

namespace OciLayout.Registry;

/// <summary>A request to a registry, as data. It can be sent several times.</summary>
internal sealed record RegistryRequest(HttpMethod Method, Uri Url)
{
    /// <summary>The media types that are accepted; empty for any.</summary>
    public IReadOnlyList<string> Accept { get; init; } = [];

    /// <summary>The scopes that the request needs, such as <c>repository:team/app:pull</c>.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>Opens the body at its start for each attempt; null for no body.</summary>
    public Func<Stream>? Body { get; init; }

    /// <summary>The length of the body in bytes.</summary>
    public long BodyLength { get; init; }

    /// <summary>The media type of the body.</summary>
    public string ContentType { get; init; } = "application/octet-stream";

    /// <summary>The range of the body in an upload in chunks: <c>first-last</c>; null for a complete body.</summary>
    public string? ContentRange { get; init; }

    /// <summary>The offset at which the answer starts, in bytes; 0 for the complete content.</summary>
    public long From { get; init; }

    /// <summary>Further headers.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Whether the request is sent again after an error that is temporary.</summary>
    public bool CanRetry { get; init; } = true;

    /// <summary>Whether the request may carry the credentials of the registry. An upload location on another host may not.</summary>
    public bool IsAuthorized { get; init; } = true;

    /// <summary>
    /// Whether the request must not disturb the user: it uses an account and a token only if this process already has them, and runs no
    /// credential helper.
    /// </summary>
    public bool IsQuiet { get; init; }

    /// <summary>Whether a redirect to another origin is returned instead of followed.</summary>
    public bool StaysOnOrigin { get; init; }

    /// <summary>The time to wait for the answer after the body was sent; null for the idle timeout.</summary>
    public TimeSpan? AnswerTimeout { get; init; }

    /// <summary>The method and the path, for messages. Queries can contain secrets.</summary>
    public string Name => $"{Method} {Url.AbsolutePath}";
}
