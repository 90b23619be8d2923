using System;
using System.Globalization;
using System.Threading.Tasks;

namespace OciLayout.Worker;

/// <summary>
/// Copies between a layout and a repository, and attaches referrers. Values of the job: <c>host</c>, <c>repository</c> and <c>tag</c>; for
/// referrers also <c>subject</c>, <c>layer</c> (an existing blob, which is the config as well), <c>name</c> and <c>count</c>.
/// </summary>
internal static class Exchanging
{
    public static void Run(Wire wire, Job job)
    {
        using var registry = new OciRegistry(job["host"], new RegistryOptions { UseStoredCredentials = false });
        var repository = registry.GetRepository(job["repository"]);
        if (job.Name == "attach") AttachAsync(wire, job, repository).GetAwaiter().GetResult();
        else CopyAsync(wire, job, repository).GetAwaiter().GetResult();
    }

    private static async Task CopyAsync(Wire wire, Job job, OciRepository repository)
    {
        var store = OciStore.Open(job.Layout);
        var isPull = job.Name == "pull";
        using var copy = isPull ? new OciCopy(repository, store) : new OciCopy(store, repository);
        var root = isPull ? await repository.ResolveAsync(job["tag"]) : store.Resolve(job["tag"]);
        var plan = await copy.PlanAsync([new CopyRoot(root, job["tag"])]);
        wire.Say(FormattableString.Invariant($"! partial {plan.PartialSize}"));
        await copy.RunAsync(plan, new Reporter(wire));
    }

    private static async Task AttachAsync(Wire wire, Job job, OciRepository repository)
    {
        var subject = await repository.ResolveAsync(job["subject"]);
        var layer = new Descriptor("application/x-layer", Digest.Parse(job["layer"]), job.Number("size"));
        wire.Say("attaching");
        wire.Next(); // all workers begin together
        await Parallel.ForAsync(0, job.Number("count"), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (n, stop) =>
        {
            var manifest = Content.Image($"{job["name"]} {n}", layer, [layer], subject);
            var digest = Digest.Compute(manifest);
            try
            {
                await repository.PushManifestAsync(manifest, Content.ImageType, null, stop);
                wire.Say($"attached {digest}");
            }
            catch (OciException e) when (e.Kind == OciErrorKind.StoreBusy)
            {
                wire.Say($"refused {digest}");
            }
        });
    }

    private sealed class Reporter(Wire wire) : IProgress<long>
    {
        public void Report(long value) => wire.Say("! at " + value.ToString(CultureInfo.InvariantCulture));
    }
}
