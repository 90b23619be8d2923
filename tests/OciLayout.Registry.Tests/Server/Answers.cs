using System;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;

namespace OciLayout.Tests.Registry.Server;

/// <summary>An answer of the test registry that differs from the normal one, which <paramref name="next"/> sends.</summary>
internal delegate Task Answer(HttpContext context, Func<Task> next);

/// <summary>The faults and quirks of real registries.</summary>
internal static class Answers
{
    /// <summary>The normal answer, for use in a sequence of faults.</summary>
    public static Answer Normal => (_, next) => next();

    /// <summary>A status, with <c>Retry-After</c> and a body if they are given.</summary>
    public static Answer Status(int status, string? retryAfter = null, string? body = null, string type = "application/json") => async (context, _) =>
    {
        context.Response.StatusCode = status;
        if (retryAfter is not null) context.Response.Headers.RetryAfter = retryAfter;
        if (body is null) return;
        context.Response.ContentType = type;
        await SendAsync(context, Encoding.UTF8.GetBytes(body));
    };

    /// <summary>An error of the specification.</summary>
    public static Answer Error(int status, string code, string message = "") =>
        Status(status, null, $$"""{"errors":[{"code":"{{code}}","message":"{{message}}"}]}""");

    /// <summary>A web page with status 200.</summary>
    public static Answer Page => Status(200, null, "<html><body>Welcome</body></html>", "text/html; charset=utf-8");

    /// <summary>Closes the connection after some bytes of the body of the answer, or before the answer.</summary>
    public static Answer CutAfter(long bytes) => async (context, next) =>
    {
        // The server closes a connection on which it sent less than it announced.
        context.Response.Body = new MeteredBody(context.Response.Body, _ => { }, bytes);
        if (bytes == 0) context.Abort();
        else await next();
    };

    /// <summary>Resets the connection after some bytes of the body of the answer. The client can lose bytes that were sent.</summary>
    public static Answer ResetAfter(long bytes) => (context, next) =>
    {
        context.Response.Body = new MeteredBody(context.Response.Body, _ => { }, bytes, context.Abort);
        return next();
    };

    /// <summary>Ends the connection after some bytes of the body of the request.</summary>
    public static Answer CutRequestAfter(long bytes) => (context, next) =>
    {
        context.Request.Body = new MeteredBody(context.Request.Body, _ => { }, bytes, context.Abort);
        return next();
    };

    /// <summary>Handles the request, then ends the connection without an answer.</summary>
    public static Answer LoseAnswer => async (context, next) =>
    {
        context.Response.Body = Stream.Null;
        await next();
        context.Abort();
    };

    /// <summary>Sends all content, although a part was requested.</summary>
    public static Answer IgnoreRange => (context, next) =>
    {
        context.Request.Headers.Remove("Range");
        return next();
    };

    /// <summary>Sets a header of the normal answer, or removes it if the value is null.</summary>
    public static Answer Header(string name, string? value) => (context, next) =>
    {
        context.Response.OnStarting(() =>
        {
            if (value is null) context.Response.Headers.Remove(name);
            else context.Response.Headers[name] = value;
            return Task.CompletedTask;
        });
        return next();
    };

    /// <summary>Compresses the normal answer.</summary>
    public static Answer Gzip => async (context, next) =>
    {
        var body = context.Response.Body;
        using var plain = new MemoryStream();
        context.Response.Body = plain;
        await next();
        context.Response.Body = body;
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true)) plain.WriteTo(gzip);
        context.Response.Headers.ContentEncoding = "gzip";
        await SendAsync(context, compressed.ToArray());
    };

    /// <summary>A redirect. <c>{path}</c> in the target is the path and query of the request.</summary>
    public static Answer Redirect(string target, int status = 307) => (context, _) =>
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Location = target.Replace("{path}", context.Request.Path.Value + context.Request.QueryString.Value, StringComparison.Ordinal);
        return Task.CompletedTask;
    };

    /// <summary>Sends a body with its length.</summary>
    public static Task SendAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        context.Response.Headers.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>Returns a date in the format of HTTP.</summary>
    public static string Date(DateTime time) => time.ToString("R", CultureInfo.InvariantCulture);
}
