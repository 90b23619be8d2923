using System;

namespace OciLayout.Registry;

/// <summary>Reads the next page from a <c>Link</c> header (RFC 8288).</summary>
internal static class LinkHeader
{
    /// <summary>Returns the target of the link with the relation <c>next</c>; null if there is none.</summary>
    public static string? Next(string? header)
    {
        for (var at = 0; header is not null && at < header.Length;)
        {
            var start = header.IndexOf('<', at);
            var end = start < 0 ? -1 : header.IndexOf('>', start);
            if (end < 0) return null;
            var stop = header.IndexOf('<', end);
            var parameters = header.Substring(end + 1, (stop < 0 ? header.Length : stop) - end - 1);
            if (parameters.IndexOf("rel=\"next\"", StringComparison.OrdinalIgnoreCase) >= 0 || parameters.IndexOf("rel=next", StringComparison.OrdinalIgnoreCase) >= 0)
                return header.Substring(start + 1, end - start - 1);
            at = end + 1;
        }

        return null;
    }
}
