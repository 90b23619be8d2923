using System.Globalization;
using System.Linq;
using Microsoft.AspNetCore.Http;

namespace OciLayout.Tests.Registry.Server;

/// <summary>Makes a test registry behave as the registries that people use, where they differ from the specification or from each other.</summary>
internal static class Quirks
{
    /// <summary>The registries.</summary>
    public static readonly string[] Registries = ["acr", "distribution 2.8", "distribution 3", "docker hub", "ecr", "gar", "ghcr", "gitlab", "harbor", "quay", "zot"];

    /// <summary>Changes a registry.</summary>
    /// <param name="server">The registry.</param>
    /// <param name="other">Another server, for redirects. It has the same content.</param>
    /// <param name="name">One of <see cref="Registries"/>.</param>
    public static void Apply(TestRegistry server, TestRegistry other, string name)
    {
        var (features, faults) = (server.Features, server.Faults);
        switch (name)
        {
            case "acr":
                faults.Always("GET", "/tags/", AtMost(1000));
                faults.Always("PATCH", "/uploads/", RefuseUnit);
                faults.Add("PUT", "/manifests/", Answers.Status(429, "3"));
                break;
            case "distribution 2.8":
                features.HasReferrers = features.DeletesTags = features.ReportsUploads = features.LinksPages = false;
                features.IsUnsorted = true;
                features.Location = path => "http://127.0.0.1" + path; // the port is lost behind a proxy
                faults.Always("", "/referrers/", Answers.Status(404, null, "404 page not found\n", "text/plain"));
                break;
            case "distribution 3":
                features.HasReferrers = false;
                features.PageSize = 2;
                break;
            case "docker hub":
                faults.Add("HEAD", "/manifests/", Answers.Status(429, "5", "HAP429", "text/plain"));
                faults.Always("", "/blobs/uploads/", IfMount(Answers.Status(400, null, "invalid repository name", "text/plain")));
                faults.Always("HEAD", "/manifests/", Answers.Header("RateLimit-Remaining", "0;w=21600"));
                break;
            case "ecr":
                features.HasReferrers = false;
                features.IsUnsorted = true;
                features.SmallestChunk = 5 << 20;
                faults.Always("PUT", "/uploads/", (context, next) => context.Request.ContentLength > 6 << 20 ? Answers.Status(413)(context, next) : next());
                faults.Add("PUT", "/manifests/", Answers.Status(429));
                faults.Add("PUT", "/manifests/", Answers.Status(429));
                faults.Always("GET", "/tags/", RefuseMoreThan(1000));
                faults.Always("PATCH", "/uploads/", async (context, next) =>
                {
                    await next();
                    context.Response.StatusCode = 201;
                    context.Response.Headers.Range = "0-0"; // it does not move
                });
                break;
            case "gar":
                faults.Always("HEAD", "/manifests/", (context, next) => server.Content["team/app"].Tags.ContainsKey(Last(context)) ? Answers.Header("Content-Length", "7")(context, next) : next());
                faults.Always("DELETE", "/manifests/sha256:", (context, next) => server.Content["team/app"].Tags.Values.Contains(Last(context))
                    ? Answers.Error(400, "GOOGLE_MANIFEST_DANGLING_TAG")(context, next) : next());
                break;
            case "ghcr":
                features.HasReferrers = false;
                faults.Always("GET", "/referrers/", Answers.Redirect(other.Origin + "/login?return=sha256", 303));
                other.Faults.Always("", "/login", Answers.Status(429, "3600", "<html></html>", "text/html"));
                break;
            case "gitlab":
                features.HasReferrers = false;
                faults.Always("GET", "/blobs/sha256", Answers.Redirect(other.Origin + "{path}"));
                break;
            case "harbor":
                features.PageSize = 100;
                faults.Always("", "/blobs/uploads/", IfMount(Answers.Error(401, "UNAUTHORIZED")));
                faults.Always("HEAD", "/manifests/", (context, next) => server.Content["team/app"].Tags.ContainsKey(Last(context)) ? Answers.Header("Content-Length", "70000")(context, next) : next());
                break;
            case "quay":
                faults.Add("GET", "/manifests/", Answers.Status(429, "2", "<html>slow down</html>", "text/html"));
                faults.Always("", "/blobs/uploads/", (context, next) => context.Request.Query.ContainsKey("mount") && !context.Request.Query.ContainsKey("from")
                    ? Answers.Status(400)(context, next) : next());
                break;
            default: // zot mounts from its own cache, whatever the source is
                faults.Always("", "/blobs/uploads/", async (context, next) =>
                {
                    var digest = context.Request.Query["mount"].ToString();
                    if (digest.Length == 0 || server.Content.Names.Select(n => server.Content[n]).FirstOrDefault(r => r.Blobs.ContainsKey(digest)) is not { } holder)
                    {
                        await next();
                        return;
                    }

                    server.Content[context.Request.Path.Value!.Split("/blobs/")[0]["/v2/".Length..]].TryAddBlob(digest, holder.Blobs[digest]);
                    context.Response.StatusCode = 201;
                });
                break;
        }
    }

    private static string Last(HttpContext context) => context.Request.Path.Value!.Split('/')[^1];

    private static Answer IfMount(Answer answer) => (context, next) => context.Request.Query.ContainsKey("mount") ? answer(context, next) : next();

    private static int PageOf(HttpContext context) => int.TryParse(context.Request.Query["n"], NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0;

    private static Answer AtMost(int limit) => (context, next) =>
    {
        if (PageOf(context) > limit) context.Request.QueryString = new QueryString("?n=" + limit.ToString(CultureInfo.InvariantCulture));
        return next();
    };

    private static Answer RefuseMoreThan(int limit) => (context, next) => PageOf(context) > limit ? Answers.Error(400, "PAGINATION_NUMBER_INVALID")(context, next) : next();

    private static Answer RefuseUnit => (context, next) =>
        context.Request.Headers.ContentRange.ToString().Any(char.IsLetter) ? Answers.Error(416, "RANGE_INVALID")(context, next) : next();
}
