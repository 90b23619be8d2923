using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Security.Cryptography;
using System.Threading;

namespace OciLayout.Bench.Cases;

/// <summary>The work of the cases of registries: copies of OciLayout, and the same transfers with a plain HTTP client.</summary>
internal static class RegistryWork
{
    private static readonly RegistryOptions Plain = new() { AllowUnencrypted = true, UseStoredCredentials = false };

    /// <summary>Returns a reference to content of a registry, for the command lines of peers.</summary>
    public static string At(Place place, string server, string content) => RegistryServer.Host(place, server) + "/" + content;

    /// <summary>Returns a name of a repository that does not exist yet.</summary>
    public static string NewName() => "new" + Guid.NewGuid().ToString("N");

    public static OciRegistry Open(Place place, string server) => new(RegistryServer.Host(place, server), Plain);

    /// <summary>Copies the layout of a case to a repository, past the relay.</summary>
    public static void Fill(Place place, string server, string repository, string layout = "store")
    {
        using var registry = Open(place, server + "-direct");
        Copy(OciStore.Open(place.InShared(layout)), registry.GetRepository(repository));
    }

    /// <summary>Writes the image that <see cref="WarmUp"/> moves.</summary>
    public static void PrepareWarmUp(Place place)
    {
        Images.WriteLarge(place.InShared("small"), 1, 1024);
        Fill(place, "host", "small", "small");
    }

    /// <summary>Moves a small image in both directions. The place is a directory in the scratch directory of the run.</summary>
    public static void WarmUp(Place place)
    {
        var run = new Place(Path.GetDirectoryName(Path.GetDirectoryName(place.Root)!)!, place.Scale);
        Directory.CreateDirectory(place.Scratch);
        using var registry = Open(run, "host");
        Copy(OciStore.Open(run.InShared("small")), registry.GetRepository(NewName()));
        Copy(registry.GetRepository("small"), OciStore.Create(place.InScratch("to"), new OciStoreOptions { Flush = false }));
    }

    public static void Pull(Place place, string repository, string tag = "v1", Platform? platform = null)
    {
        using var registry = Open(place, "host");
        Copy(registry.GetRepository(repository), OciStore.Create(place.InScratch("to"), new OciStoreOptions { Flush = false }), tag, platform);
    }

    public static void Push(Place place, string server = "host", string layout = "store")
    {
        using var registry = Open(place, server);
        Copy(OciStore.Open(place.InShared(layout)), registry.GetRepository(NewName()));
    }

    /// <summary>Copies a tag, or all tags of a layout.</summary>
    public static void Copy(OciPlace source, OciPlace destination, string? tag = null, Platform? platform = null)
    {
        using var copy = new OciCopy(source, destination, new CopyOptions { Platform = platform });
        IReadOnlyList<CopyRoot> roots = source is OciRepository repository
            ? [new CopyRoot(repository.ResolveAsync(tag ?? "v1").GetAwaiter().GetResult(), tag ?? "v1")]
            : [.. ((OciStore)source).GetTags().Where(t => tag is null || t.Tag == tag).Select(t => new CopyRoot(t.Descriptor!, t.Tag!))];
        copy.RunAsync(copy.PlanAsync(roots).GetAwaiter().GetResult()).GetAwaiter().GetResult();
    }

    /// <summary>Downloads the layers of an image with a plain client, a number at a time, and hashes them.</summary>
    public static void PlainPull(Place place, string repository, int workers)
    {
        using var client = new HttpClient();
        var url = $"http://{RegistryServer.Host(place, "host")}/v2/{repository}/";
        Each(Layers(place), workers, layer =>
        {
            using var response = client.Send(new HttpRequestMessage(HttpMethod.Get, url + "blobs/" + layer), HttpCompletionOption.ResponseHeadersRead);
            using var body = response.EnsureSuccessStatusCode().Content.ReadAsStream();
            using var file = new FileStream(place.InScratch(layer.Substring(7)), FileMode.Create, FileAccess.Write, FileShare.None, 0);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[256 * 1024];
            for (int read; (read = body.Read(buffer)) > 0;)
            {
                hash.AppendData(buffer, 0, read);
                file.Write(buffer, 0, read);
            }

            if (Convert.ToHexStringLower(hash.GetHashAndReset()) != layer.Substring(7)) throw new InvalidOperationException(layer);
        });
    }

    /// <summary>Uploads the layers of the layout of a case with a plain client.</summary>
    public static void PlainPush(Place place, int workers)
    {
        using var client = new HttpClient();
        var url = $"http://{RegistryServer.Host(place, "host")}/v2/{NewName()}/blobs/uploads/";
        Each(Layers(place), workers, layer =>
        {
            using var begun = client.Send(new HttpRequestMessage(HttpMethod.Post, url)).EnsureSuccessStatusCode();
            using var file = File.OpenRead(Images.BlobPath(place.InShared("store"), layer));
            var location = begun.Headers.Location!;
            var put = new HttpRequestMessage(HttpMethod.Put, location + (location.Query.Length > 0 ? "&" : "?") + "digest=" + layer) { Content = new StreamContent(file, 256 * 1024) };
            client.Send(put).EnsureSuccessStatusCode();
        });
    }

    private static List<string> Layers(Place place)
    {
        var store = OciStore.Open(place.InShared("store"));
        return [.. store.GetManifest(store.Resolve("v1")).Layers.Select(l => l.Digest.ToString())];
    }

    private static void Each(List<string> layers, int workers, Action<string> action)
    {
        var next = -1;
        var threads = Enumerable.Range(0, workers).Select(_ => new Thread(() =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < layers.Count;) action(layers[i]);
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
    }
}
