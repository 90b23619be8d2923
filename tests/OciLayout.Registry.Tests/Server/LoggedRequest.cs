using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.AspNetCore.Http;

namespace OciLayout.Tests.Registry.Server;

/// <summary>A request that a test server received.</summary>
internal sealed class LoggedRequest(HttpRequest request)
{
    /// <summary>The method.</summary>
    public string Method { get; } = request.Method;

    /// <summary>The path, decoded.</summary>
    public string Path { get; } = request.Path.Value ?? "";

    /// <summary>The query with its question mark; empty for none.</summary>
    public string Query { get; } = request.QueryString.Value ?? "";

    /// <summary>The headers.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; } = request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);

    /// <summary>The status of the answer; 0 while there is none.</summary>
    public int Status { get; set; }

    /// <summary>The number of bytes of the body that were received.</summary>
    public long ReceivedBytes { get; set; }

    /// <summary>The number of bytes of the body of the answer that were sent.</summary>
    public long SentBytes { get; set; }

    /// <summary>Returns a header; null if there is none.</summary>
    public string? Header(string name) => Headers.TryGetValue(name, out var value) ? value : null;

    /// <summary>Returns the method, the path and the query.</summary>
    public override string ToString() => $"{Method} {Path}{Query}";
}
