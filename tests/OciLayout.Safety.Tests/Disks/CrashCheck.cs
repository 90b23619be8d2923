using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Store;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety.Disks;

/// <summary>Checks every state that a log allows after a power loss against the promises in the log.</summary>
internal sealed class CrashCheck : IDisposable
{
    private static readonly OciStoreOptions NoFlush = new() { Flush = false };

    private readonly TemporaryDirectory _directory = TemporaryDirectory.InMemory();
    private readonly HashSet<string> _seen = [];
    private int _next;

    /// <summary>The number of steps after which a power loss was simulated.</summary>
    public int Points { get; private set; }

    /// <summary>The number of different states that were checked.</summary>
    public int States { get; private set; }

    /// <summary>Checks the possible states after each step, or only after the last one.</summary>
    /// <param name="log">The steps.</param>
    /// <param name="root">The path of the directory that the log covers.</param>
    /// <param name="layout">The path of the layout, relative to <paramref name="root"/>.</param>
    /// <param name="lastOnly">Whether the power fails only after the last step.</param>
    /// <param name="bound">The largest number of combinations after one step that are all checked.</param>
    /// <param name="samples">The number of random combinations when there are more.</param>
    public void Run(DiskLog log, string root, string layout, bool lastOnly, int bound, int samples)
    {
        var model = new CrashModel(root);
        Promise? promise = null;
        int settled = Enumerable.Range(0, log.Events.Count).Last(i => log.Events[i].Action == DiskAction.Settled);
        for (var i = 0; i < log.Events.Count; i++)
        {
            DiskEvent step = log.Events[i];
            model.Apply(step);
            if (step.Promise is not null) promise = step.Promise;
            if (promise is null or { Reckless: true } || i < settled || (lastOnly && i < log.Events.Count - 1)) continue;
            Points++;
            foreach (DiskState state in model.States(bound, samples, i))
            {
                if (!_seen.Add(state.Key() + promise)) continue;
                States++;
                CheckState(state, layout, promise, () => Describe(log, root, i, state));
            }
        }
    }

    private void CheckState(DiskState state, string layout, Promise promise, Func<string> describe)
    {
        string root = _directory["s" + ++_next];
        state.Write(root);
        try
        {
            CheckLayout(Path.Combine(root, layout), promise);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.Message}\nPromised: {promise}\n{describe()}", e);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>
    /// Checks that a layout opens, keeps its promises and lists only existing content, and that one collection removes all leftovers.
    /// </summary>
    public static void CheckLayout(string root, Promise promise)
    {
        if (!promise.Created)
            LayoutCreator.Create(new DirectoryLayout(root, PhysicalFileSystem.Instance), PhysicalFileSystem.Instance, false, false, TimeSpan.FromSeconds(5), CancellationToken.None);
        CheckPromise(root, promise);
        foreach (string digest in Invariant.Entries(root)) Invariant.CheckContent(root, digest, "the index", []);
        foreach (string digest in promise.Content) Invariant.CheckContent(root, digest, "a promise", []);
        Assert.Empty(promise.Listed.Except(Invariant.Entries(root)));
        CheckNames(root, promise);

        OciStore store = OciStore.OpenIsolated(root, PhysicalFileSystem.Instance, NoFlush);
        var tags = store.GetTags();
        var garbage = new GarbageOptions { Force = tags.Count == 0 };
        store.Collect(garbage);
        CheckPromise(root, promise);
        Assert.Equal(0, store.Collect(garbage).RemovedCount);
        store.State.Dispose();
        Assert.Equal(tags.Select(t => t.Tag), Invariant.Tags(root).Keys.Order(StringComparer.Ordinal));
        Assert.All(Directory.EnumerateFiles(Path.Combine(root, "ingest")), f => Assert.StartsWith(".", Path.GetFileName(f), StringComparison.Ordinal));
    }

    private static void CheckPromise(string root, Promise promise)
    {
        IReadOnlyDictionary<string, string> found = Invariant.Tags(root);
        Assert.Empty(found.Keys.Except(promise.Tags.Keys));
        foreach (string digest in found.Values) Invariant.CheckContent(root, digest, "a tag", []);
        foreach ((string tag, var allowed) in promise.Tags)
            Assert.True(allowed.Contains(found.GetValueOrDefault(tag) ?? Promise.Absent), $"The tag '{tag}' names {found.GetValueOrDefault(tag) ?? "nothing"}.");
    }

    // Content that we publish has its digest, acknowledged or not. Content that another tool writes in place may not.
    private static void CheckNames(string root, Promise promise)
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(root, "blobs"), "*", SearchOption.AllDirectories))
        {
            string digest = Path.GetFileName(Path.GetDirectoryName(file)) + ":" + Path.GetFileName(file);
            if (promise.Foreign.Contains(digest)) continue;
            Assert.Equal(digest, Digest.Compute(File.ReadAllBytes(file), Digest.Parse(digest).KnownAlgorithm!.Value).ToString());
        }
    }

    private static string Describe(DiskLog log, string root, int at, DiskState state) =>
        $"After step {at}:\n" + string.Join('\n', log.Events.Take(at + 1).Reverse().TakeWhile(e => e.Action != DiskAction.Settled).Reverse().Select(e => $"  {e.Action} {Short(root, e.Path)} {Short(root, e.Target)} {e.Bytes?.Length}"))
        + "\nFound:\n" + string.Join('\n', state.Entries.Select(e => $"  {e.Key} {e.Value?.Length}"));

    private static string Short(string root, string path) => path.Length == 0 ? "" : Path.GetRelativePath(root, path);

    public void Dispose() => _directory.Dispose();
}
