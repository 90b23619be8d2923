using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;

namespace OciLayout.Framework;

/// <summary>Push, list, resolve, pull, resume, refuse and delete with a registry.</summary>
internal sealed class RegistryScenario(string root, string host)
{
    public async Task RunAsync()
    {
        using OciRegistry registry = new(host, new RegistryOptions { UseStoredCredentials = false, MaximumConcurrency = 2 });
        await registry.CheckAsync();
        OciRepository repository = registry.GetRepository("team/app");
        OciStore source = OciStore.Create(Path.Combine(root, "outbound"));
        Descriptor config = source.Push(new PushRequest { MediaType = "application/vnd.oci.empty.v1+json" }, Text("{}")).Descriptor;
        byte[] large = new byte[12 << 20];
        new Random(3).NextBytes(large);
        Descriptor layer = source.Push(new PushRequest { MediaType = "application/x-layer" }, new MemoryStream(large)).Descriptor;
        Descriptor image = Push(source, $"{{\"schemaVersion\":2,\"mediaType\":\"{ImageType}\",\"artifactType\":\"application/x-test\",\"config\":{Json(config)},\"layers\":[{Json(layer)}]}}");
        Push(source, $"{{\"schemaVersion\":2,\"mediaType\":\"{ImageType}\",\"artifactType\":\"application/x-sbom\",\"config\":{Json(config)},\"layers\":[{Json(config)}],\"subject\":{Json(image)}}}");
        Say("pushed", (await CopyAsync(source, repository, image)).CopiedCount);
        Say("pushed again", (await CopyAsync(source, repository, image)).CopiedCount);
        Say("tags", string.Join(" ", await repository.GetTagsAsync()));
        Say("resolved", await repository.ResolveAsync("v1"));
        Say("referrers", string.Join(" ", (await repository.GetReferrersAsync(image.Digest)).Select(d => d.ArtifactType)));
        OciStore target = OciStore.Create(Path.Combine(root, "inbound"));
        Say("pulled", (await CopyAsync(repository, target, image)).CopiedCount);
        Say("verified", string.Join(" ", new OciVerification(target.Path).Run().Select(f => f.ToString())));
        await RefuseAsync("missing tag", () => repository.ResolveAsync("nope"));
        await RefuseAsync("missing repository", () => registry.GetRepository("team/other").GetTagsAsync());
        await RefuseAsync("untag", () => repository.UntagAsync("v1"));
        await repository.DeleteAsync(image.Digest);
        await RefuseAsync("deleted", () => repository.ResolveAsync("v1"));
    }

    private const string ImageType = "application/vnd.oci.image.manifest.v1+json";

    private static async Task<CopyResult> CopyAsync(OciPlace from, OciPlace to, Descriptor image)
    {
        using OciCopy copy = new(from, to, new CopyOptions { IncludeReferrers = true });
        return await copy.RunAsync(await copy.PlanAsync([new CopyRoot(image, "v1")]));
    }

    private static async Task RefuseAsync(string name, Func<Task> action)
    {
        try
        {
            await action();
            Say(name, "done");
        }
        catch (OciException e)
        {
            Say(name, e.Kind);
        }
    }

    private static Descriptor Push(OciStore store, string text) => store.Push(new PushRequest { AsManifest = true }, Text(text)).Descriptor;

    private static MemoryStream Text(string text) => new(Encoding.UTF8.GetBytes(text));

    private static string Json(Descriptor d) => $"{{\"mediaType\":\"{d.MediaType}\",\"digest\":\"{d.Digest}\",\"size\":{d.Size}}}";

    private static void Say(string name, object value) => Console.WriteLine($"registry {name}: {value}");
}
