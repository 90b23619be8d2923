using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;

namespace OciLayout.Tests.Registry.Server;

/// <summary>Answers requests as the specification says.</summary>
internal sealed partial class RegistryRoutes(TestRegistry registry)
{
    private readonly UploadRoutes _uploads = new(registry);

    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        var route = Route().Match(path);
        if (path is "/v2/" or "/v2") context.Response.StatusCode = 200;
        else if (path == "/v2/_catalog") await SendNamesAsync(context, "repositories", registry.Content.Names);
        else if (!route.Success) context.Response.StatusCode = 404;
        else await HandleAsync(context, route.Groups["name"].Value, route.Groups["kind"].Value, route.Groups["rest"].Value);
    }

    private async Task HandleAsync(HttpContext context, string name, string kind, string rest)
    {
        var isWrite = context.Request.Method is not ("GET" or "HEAD");
        var repository = isWrite ? registry.Content[name] : registry.Content.Find(name);
        if (kind == "referrers" && !registry.Features.HasReferrers) await Answers.Status(404, null, "404 page not found\n", "text/plain")(context, () => Task.CompletedTask);
        else if (repository is null) await FailAsync(context, 404, "NAME_UNKNOWN");
        else if (kind == "tags") await SendNamesAsync(context, "tags", [.. repository.Tags.Keys]);
        else if (kind == "referrers") await SendReferrersAsync(context, repository, rest);
        else if (kind == "manifests") await ManifestAsync(context, repository, rest);
        else if (rest.StartsWith("uploads/", StringComparison.Ordinal)) await _uploads.HandleAsync(context, name, repository, rest["uploads/".Length..]);
        else if (repository.Blobs.TryGetValue(rest, out var blob)) await SendBlobAsync(context, rest, blob);
        else await FailAsync(context, 404, "BLOB_UNKNOWN");
    }

    private async Task SendNamesAsync(HttpContext context, string member, IReadOnlyList<string> all)
    {
        var query = context.Request.Query;
        var size = Math.Min(registry.Features.PageSize, int.TryParse(query["n"], out var n) ? n : int.MaxValue);
        var names = all.Order(StringComparer.Ordinal).Where(t => string.CompareOrdinal(t, query["last"].ToString()) > 0).ToList();
        var page = names.Take(size).ToList();
        if (page.Count < names.Count && registry.Features.LinksPages)
            context.Response.Headers.Link = $"<{context.Request.Path}?last={Uri.EscapeDataString(page[^1])}&n={size}>; rel=\"next\"";
        if (registry.Features.IsUnsorted) page.Reverse();
        await SendJsonAsync(context, "application/json", new Dictionary<string, object> { ["name"] = "x", [member] = page });
    }

    private static async Task SendReferrersAsync(HttpContext context, RegistryContent.Repository repository, string subject)
    {
        var list = new List<object>();
        foreach (var (digest, (mediaType, bytes)) in repository.Manifests)
        {
            var manifest = Manifest.Parse(bytes, mediaType);
            if (manifest.Subject?.Digest.ToString() == subject)
                list.Add(new { mediaType, digest, size = bytes.Length, artifactType = manifest.ReferrerType, annotations = manifest.Annotations });
        }

        await SendJsonAsync(context, MediaTypes.ImageIndex, new { schemaVersion = 2, mediaType = MediaTypes.ImageIndex, manifests = list });
    }

    private async Task ManifestAsync(HttpContext context, RegistryContent.Repository repository, string reference)
    {
        if (context.Request.Method == "PUT")
        {
            await PutManifestAsync(context, repository, reference);
        }
        else if (context.Request.Method == "DELETE")
        {
            var isTag = !reference.Contains(':', StringComparison.Ordinal);
            if (isTag ? !registry.Features.DeletesTags : !registry.Features.DeletesManifests) await FailAsync(context, 405, "UNSUPPORTED");
            else if (!isTag && registry.Features.DeletesTagsFirst && repository.Tags.Values.Contains(reference)) await FailAsync(context, 400, "GOOGLE_MANIFEST_DANGLING_TAG");
            else if (!(isTag ? repository.Tags.TryRemove(reference, out _) : repository.Manifests.TryRemove(reference, out _))) await FailAsync(context, 404, "MANIFEST_UNKNOWN");
            else context.Response.StatusCode = 202;
            if (context.Response.StatusCode != 202 || isTag) return;
            foreach (var tag in repository.Tags.Where(t => t.Value == reference)) repository.Tags.TryRemove(tag);
        }
        else if (repository.FindManifest(reference) is { } found)
        {
            context.Response.ContentType = found.MediaType;
            context.Response.Headers["Docker-Content-Digest"] = found.Digest;
            await Answers.SendAsync(context, found.Bytes);
        }
        else
        {
            await FailAsync(context, 404, "MANIFEST_UNKNOWN");
        }
    }

    private async Task PutManifestAsync(HttpContext context, RegistryContent.Repository repository, string reference)
    {
        var bytes = await UploadRoutes.ReadAsync(context);
        var mediaType = context.Request.ContentType!;
        var manifest = Manifest.Parse(bytes, mediaType);
        var isTag = !reference.Contains(':', StringComparison.Ordinal);
        var digest = isTag ? Digest.Compute(bytes).ToString() : reference;
        var missing = manifest.Layers.Where(l => !l.IsForeignLayer).Concat(manifest.Config is null ? [] : [manifest.Config]).Any(b => !repository.Blobs.ContainsKey(b.Digest.ToString()))
            || manifest.Manifests.Any(m => !repository.Manifests.ContainsKey(m.Digest.ToString()) && !reference.StartsWith("sha256-", StringComparison.Ordinal));
        if (missing)
        {
            await FailAsync(context, 400, "MANIFEST_BLOB_UNKNOWN");
            return;
        }

        if (isTag) repository.AddManifest(bytes, mediaType, reference);
        else if (!repository.TryAddManifest(digest, bytes, mediaType))
        {
            await FailAsync(context, 400, "DIGEST_INVALID");
            return;
        }

        if (manifest.Subject is { } subject && registry.Features.HasReferrers) context.Response.Headers["OCI-Subject"] = subject.Digest.ToString();
        context.Response.Headers["Docker-Content-Digest"] = digest;
        context.Response.Headers.Location = context.Request.Path.Value;
        context.Response.StatusCode = 201;
    }

    private static async Task SendBlobAsync(HttpContext context, string digest, byte[] blob)
    {
        context.Response.ContentType = "application/octet-stream";
        context.Response.Headers["Docker-Content-Digest"] = digest;
        context.Response.Headers.AcceptRanges = "bytes";
        var range = RangeForm().Match(context.Request.Headers.Range.ToString());
        if (!range.Success)
        {
            await Answers.SendAsync(context, blob);
            return;
        }

        var from = int.Parse(range.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
        context.Response.StatusCode = from < blob.Length ? 206 : 416;
        context.Response.Headers.ContentRange = from < blob.Length ? $"bytes {from}-{blob.Length - 1}/{blob.Length}" : $"bytes */{blob.Length}";
        if (from < blob.Length) await Answers.SendAsync(context, blob.AsMemory(from));
    }

    private static Task SendJsonAsync(HttpContext context, string type, object value)
    {
        context.Response.ContentType = type;
        return Answers.SendAsync(context, JsonSerializer.SerializeToUtf8Bytes(value));
    }

    private static Task FailAsync(HttpContext context, int status, string code) => Answers.Error(status, code)(context, () => Task.CompletedTask);

    [GeneratedRegex("^/v2/(?<name>.+)/(?<kind>manifests|blobs|tags|referrers)/(?<rest>.*)$")]
    private static partial Regex Route();

    [GeneratedRegex("^bytes=([0-9]+)-$")]
    private static partial Regex RangeForm();
}
