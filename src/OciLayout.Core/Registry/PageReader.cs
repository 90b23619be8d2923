using System;
using System.Collections.Generic;
using System.Net.Http;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace OciLayout.Registry;

/// <summary>Reads lists of names that a registry sends in pages: tags and repositories (distribution-spec, "Content Discovery").</summary>
internal static class PageReader
{
    private const int PageSize = 1000;
    private const long PageLimit = 16 << 20;

    /// <summary>The largest size of all pages of a list, in bytes: 64 MiB.</summary>
    public const long ListLimit = 64 << 20;

    /// <summary>Reads all pages.</summary>
    /// <param name="client">The client.</param>
    /// <param name="options">The settings.</param>
    /// <param name="list">The URL of the list, without a query.</param>
    /// <param name="member">The member that has the names: <c>tags</c> or <c>repositories</c>.</param>
    /// <param name="scopes">The scopes.</param>
    /// <param name="after">The name after which the list starts; null for all.</param>
    /// <param name="cancellationToken">The token that cancels reading.</param>
    /// <param name="isQuiet">Whether the requests must not disturb the user. They are not repeated.</param>
    /// <returns>The names in ordinal order, without duplicates. Text that is not a name is left out, because no request can use it.</returns>
    public static async Task<SortedSet<string>> ReadAsync(
        RegistryClient client, RegistryOptions options, Uri list, string member, IReadOnlyList<string> scopes, string? after, CancellationToken cancellationToken,
        bool isQuiet = false)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var hasSize = true;
        var size = 0L;
        var url = First(list, hasSize, after);
        for (var pages = 0; seen.Add(url.OriginalString); pages++)
        {
            var request = new RegistryRequest(HttpMethod.Get, url) { Accept = ["application/json"], Scopes = scopes, IsQuiet = isQuiet, CanRetry = !isQuiet };
            if (pages >= options.PageLimit) throw RegistryErrors.Protocol(client.Host, request, null, $"the list has more than {options.PageLimit} pages");
            var (response, body) = await client.ReadAsync(request, PageLimit, cancellationToken).ConfigureAwait(false);
            using var answer = response;
            if (!response.IsSuccess)
            {
                if ((int)response.Status != 400 || !hasSize || pages > 0) throw await client.ErrorOfAsync(request, response, cancellationToken).ConfigureAwait(false);
                hasSize = false; // the registry refuses the page size
                url = First(list, hasSize, after);
                continue;
            }

            if ((size += body?.Length ?? 0) > ListLimit) throw RegistryErrors.Protocol(client.Host, request, (int)response.Status, $"the list is larger than {ListLimit >> 20} MiB");
            var before = names.Count;
            var (count, last) = ReadPage(client, request, response, body, member, names);
            if (LinkHeader.Next(response.Header("Link")) is { } next) url = Next(client, request, response.Url, next);
            else if (hasSize && count == PageSize && last is not null && names.Count > before) url = First(list, hasSize, last); // a full page without a link; a longer one is the whole list
            else break;
        }

        if (after is not null) names.RemoveWhere(name => string.CompareOrdinal(name, after) <= 0); // not all registries know the query
        return names;
    }

    private static Uri First(Uri list, bool hasSize, string? last)
    {
        var query = hasSize ? FormattableString.Invariant($"?n={PageSize}") : "";
        return new Uri(list.OriginalString + query + (last is null ? "" : (query.Length > 0 ? "&" : "?") + "last=" + Uri.EscapeDataString(last)));
    }

    private static Uri Next(RegistryClient client, RegistryRequest request, Uri current, string link)
    {
        if (!Uri.TryCreate(current, link, out var next)) throw RegistryErrors.Protocol(client.Host, request, 200, "the link to the next page is not a URL");
        if (!EndpointRules.IsSameOrigin(next, request.Url)) throw RegistryErrors.Untrusted(client.Host, request, "the link to the next page", next, "it is another server");
        return next;
    }

    private static (int Count, string? Last) ReadPage(
        RegistryClient client, RegistryRequest request, RegistryResponse response, byte[]? body, string member, SortedSet<string> names)
    {
        if (body is null) throw RegistryErrors.Protocol(client.Host, request, (int)response.Status, "the page is too large");
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new JsonException("not an object");
            if (!document.RootElement.TryGetProperty(member, out var list) || list.ValueKind == JsonValueKind.Null) return (0, null);
            var (count, invalid) = (0, 0);
            string? last = null;
            foreach (var item in list.EnumerateArray())
            {
                last = item.GetString();
                if (last is not null && (member == "tags" ? RegistryReference.IsTag(last) : RegistryReference.IsRepository(last))) names.Add(last);
                else invalid++;
                count++;
            }

            if (invalid > 0) client.Noted?.Invoke($"{client.Host} lists {invalid} {member} whose names are not valid. They are left out.");
            return (count, last);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw RegistryErrors.Protocol(client.Host, request, (int)response.Status, $"it is not a list of {member} ({RegistryErrors.Shown(response.MediaType ?? "no media type")})");
        }
    }
}
