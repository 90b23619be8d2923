using System;
using System.Globalization;
using System.IO;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;

namespace OciLayout.Tests.Registry.Server;

/// <summary>Answers requests for uploads. Each answer has another location, and only the newest one is accepted.</summary>
internal sealed class UploadRoutes(TestRegistry registry)
{
    /// <summary>Answers a request below <c>blobs/uploads/</c>.</summary>
    public async Task HandleAsync(HttpContext context, string name, RegistryContent.Repository repository, string session)
    {
        if (context.Request.Method == "POST")
        {
            Begin(context, name, repository);
            return;
        }

        if (!repository.Uploads.TryGetValue(session, out var upload) || context.Request.Query["_state"] != upload.State.ToString(CultureInfo.InvariantCulture))
        {
            await Answers.Error(404, "BLOB_UPLOAD_UNKNOWN")(context, () => Task.CompletedTask);
            return;
        }

        switch (context.Request.Method)
        {
            case "DELETE":
                repository.Uploads.TryRemove(session, out _);
                context.Response.StatusCode = 204;
                break;
            case "GET":
                Report(context, name, session, upload, 204);
                break;
            case "PATCH":
                await PatchAsync(context, name, session, upload);
                break;
            case "PUT":
                await PutAsync(context, name, repository, session, upload);
                break;
            default:
                context.Response.StatusCode = 405;
                break;
        }
    }

    /// <summary>Reads the body of a request.</summary>
    public static async Task<byte[]> ReadAsync(HttpContext context)
    {
        using var result = new MemoryStream();
        await context.Request.Body.CopyToAsync(result, context.RequestAborted);
        return result.ToArray();
    }

    private void Begin(HttpContext context, string name, RegistryContent.Repository repository)
    {
        string? digest = context.Request.Query["mount"], from = context.Request.Query["from"];
        if (digest is not null && from is not null && registry.Content.Find(from)?.Blobs.TryGetValue(digest, out var blob) is true)
        {
            repository.TryAddBlob(digest, blob);
            context.Response.StatusCode = 201;
            context.Response.Headers.Location = $"/v2/{name}/blobs/{digest}";
            return;
        }

        var session = Guid.NewGuid().ToString();
        var upload = repository.Uploads[session] = new RegistryContent.Upload();
        if (registry.Features.SmallestChunk is { } smallest) context.Response.Headers["OCI-Chunk-Min-Length"] = smallest.ToString(CultureInfo.InvariantCulture);
        Report(context, name, session, upload, 202);
    }

    private void Report(HttpContext context, string name, string session, RegistryContent.Upload upload, int status)
    {
        upload.State++;
        context.Response.StatusCode = status;
        context.Response.Headers.Location = registry.Features.Location($"/v2/{name}/blobs/uploads/{session}?_state={upload.State}");
        var last = registry.Features.ReportsUploads && upload.Received.Length > 0 ? upload.Received.Length - 1 : 0;
        context.Response.Headers.Range = $"0-{last}";
    }

    private async Task PatchAsync(HttpContext context, string name, string session, RegistryContent.Upload upload)
    {
        var range = context.Request.Headers.ContentRange.ToString();
        if (range.Length > 0 && range.Split('-')[0] != upload.Received.Length.ToString(CultureInfo.InvariantCulture))
        {
            Report(context, name, session, upload, 416);
            return;
        }

        if (!await ReceiveAsync(context, upload)) return;
        Report(context, name, session, upload, 202);
    }

    private async Task PutAsync(HttpContext context, string name, RegistryContent.Repository repository, string session, RegistryContent.Upload upload)
    {
        if (!await ReceiveAsync(context, upload)) return;
        var bytes = upload.Received.ToArray();
        repository.Uploads.TryRemove(session, out _);
        var digest = context.Request.Query["digest"].ToString();
        if (!repository.TryAddBlob(digest, bytes))
        {
            await Answers.Error(400, "DIGEST_INVALID")(context, () => Task.CompletedTask);
            return;
        }

        context.Response.StatusCode = 201;
        context.Response.Headers["Docker-Content-Digest"] = digest;
        context.Response.Headers.Location = $"/v2/{name}/blobs/{digest}";
    }

    private async Task<bool> ReceiveAsync(HttpContext context, RegistryContent.Upload upload)
    {
        if (context.Request.ContentLength > registry.Features.LargestBody)
        {
            context.Response.StatusCode = 413;
            return false;
        }

        // The bytes before a cut are kept.
        await context.Request.Body.CopyToAsync(upload.Received, context.RequestAborted);
        return true;
    }
}
