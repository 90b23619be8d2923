using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using OciLayout.Files;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety.Steps;

/// <summary>Runs two processes on one store by a schedule, and checks the store afterwards.</summary>
internal sealed class ConcurrentRun : IDisposable
{
    private readonly StoreOperation[] _deeds;
    private readonly Scheduler _scheduler = new();
    private readonly TemporaryDirectory _scratch = TemporaryDirectory.InMemory();
    private readonly HashSet<string> _checked = new(StringComparer.Ordinal);
    private readonly MemoryDisk _seed = new();
    private readonly Func<DateTime>? _clock;
    private readonly bool _physical;
    private int _copies;

    /// <param name="clock">The source of time stamps; see <see cref="MemoryDisk"/>.</param>
    /// <param name="physical">Whether to run on the real file system.</param>
    /// <param name="prepare">A change of the disk before the processes begin.</param>
    /// <param name="deeds">The operations of the two processes.</param>
    public ConcurrentRun(Func<DateTime>? clock = null, bool physical = false, Action<MemoryDisk>? prepare = null, params StoreOperation[] deeds)
    {
        (_clock, _physical, _deeds) = (clock, physical, deeds);
        World.Make(_seed, World.Root);
        World.MakeArchive(_seed);
        prepare?.Invoke(_seed);
    }

    /// <summary>Runs every schedule, with either process first, and returns the number of schedules.</summary>
    public long Explore(int bound, bool all = false, Action<List<Step>>? look = null)
    {
        long count = 0;
        for (int first = 0; first < (_deeds[0] == _deeds[1] ? 1 : 2); first++)
        {
            var explorer = new Explorer(
                (f, preemptions) =>
                {
                    List<Step> trace = Run(f, preemptions);
                    look?.Invoke(trace);
                    return trace;
                },
                all);
            explorer.Explore(first, bound);
            count += explorer.Visited;
        }

        return count;
    }

    /// <summary>Every distinct end state: the results of both processes and the files.</summary>
    public IReadOnlyCollection<string> Ends => _checked;

    /// <summary>Runs one schedule on a new copy of the store and checks its end state.</summary>
    public List<Step> Run(int first, IReadOnlyList<int> preemptions)
    {
        MemoryDisk disk = _seed.Copy(_clock);
        IFileSystem files = disk;
        string root = World.Root;
        if (_physical)
        {
            root = _scratch["layout"];
            disk.WriteTo(_scratch.Path);
            if (Directory.Exists(root)) Directory.Delete(root, true);
            Directory.Move(_scratch.Path + World.Root, root);
            // Set the same time stamp as in memory.
            File.SetLastWriteTimeUtc(root + "/index.json", new DateTime(2020, 1, 1, 0, 0, 0, 1, DateTimeKind.Utc));
            files = PhysicalFileSystem.Instance;
        }

        var seams = new ScheduledFileSystem[2];
        for (int i = 0; i < 2; i++) seams[i] = new ScheduledFileSystem(files, _scheduler, i, root);
        (seams[0].Peer, seams[1].Peer) = (seams[1], seams[0]);
        var stores = new OciStore[2];
        var results = new string[2];
        var bodies = new Action[2];
        for (int i = 0; i < 2; i++)
        {
            int process = i;
            stores[i] = OciStore.OpenIsolated(root, seams[i], _deeds[i].Options);
            _deeds[i].Before?.Invoke(stores[i]);
            bodies[i] = () => results[process] = Do(_deeds[process], stores[process]);
        }

        List<Step> trace = _scheduler.Run(first, preemptions, bodies);
        try
        {
            for (int i = 0; i < 2; i++) _deeds[i].After?.Invoke(stores[i]);
            Check(files, root, stores, results, seams);
        }
        catch (Exception e)
        {
            string meeting = $"{_deeds[0]} ({results[0]}) beside {_deeds[1]} ({results[1]})";
            throw new InvalidOperationException($"{meeting}: {e.Message}\n{_scheduler.Describe()}", e);
        }
        finally
        {
            foreach (OciStore store in stores) store.State.Dispose();
        }

        return trace;
    }

    private static string Do(StoreOperation deed, OciStore store)
    {
        try
        {
            deed.Do(store);
            return "done";
        }
        catch (OciException e) when (deed.Explained.Contains(e.Kind))
        {
            return e.Kind.ToString();
        }
        catch (Exception e) when (e is not OciException)
        {
            throw new InvalidOperationException($"{deed}: {e}", e);
        }
        catch (OciException e)
        {
            throw new InvalidOperationException($"{deed}: {e.Kind}: {e}", e);
        }
    }

    private void Check(IFileSystem files, string root, OciStore[] stores, string[] results, ScheduledFileSystem[] seams)
    {
        string end = string.Join('/', results) + "\n" + Describe(files, root, seams);
        if (!_checked.Add(end)) return;

        Dictionary<string, string> tags = World.Tags;
        for (int i = 0; i < 2; i++)
        {
            if (results[i] != "done") continue;
            if (_deeds[i].Adds is { } added) tags[added.Tag] = added.Target.Digest;
            if (_deeds[i].Removes is { } removed) tags.Remove(removed);
        }

        CheckFiles(files, root, tags);

        // While both sessions are open, their claims protect content from a collection by a third process.
        Collect(files, root);
        CheckFiles(files, root, tags);

        // After both sessions have ended, a collection removes all their files, and no content that a tag needs.
        foreach (OciStore store in stores) store.State.Dispose();
        Collect(files, root);
        CheckFiles(files, root, tags);
        Assert.Equal(0, Collect(files, root).RemovedCount);
        Assert.All(files.List(root + "/ingest"), f => Assert.StartsWith(".", f.Name, StringComparison.Ordinal));
        Assert.All(files.List(root + "/blobs/sha256"), f => Assert.Contains(World.All, c => c.Digest == "sha256:" + f.Name));
    }

    private static GarbageResult Collect(IFileSystem files, string root)
    {
        var store = OciStore.OpenIsolated(root, files);
        GarbageResult result = store.Collect();
        store.State.Dispose();
        return result;
    }

    private void CheckFiles(IFileSystem files, string root, Dictionary<string, string> tags)
    {
        string real = root;
        if (files is MemoryDisk disk)
        {
            real = _scratch[$"check{_copies++ % 2}"];
            disk.WriteTo(real);
            real += World.Root;
        }

        Invariant.Check(real, tags);
        Assert.Equal(tags.Keys.Order(StringComparer.Ordinal), Invariant.Tags(real).Keys.Order(StringComparer.Ordinal));
        foreach (string digest in Invariant.Entries(real)) Invariant.CheckContent(real, digest, "an entry of the index", []);
    }

    private static string Describe(IFileSystem files, string root, ScheduledFileSystem[] seams)
    {
        var text = new StringBuilder();
        foreach (string directory in (string[])["", "/blobs/sha256", "/ingest"])
        {
            IEnumerable<string> names = files.List(root + directory).Where(f => f.Kind == FileKind.File).Select(f => f.Name);
            foreach (string name in names.OrderBy(n => seams[0].Name($"{root}{directory}/{n}"), StringComparer.Ordinal))
            {
                string path = $"{root}{directory}/{name}";
                text.Append(seams[0].Name(path)).Append(' ');
                // The length of a lock file does not matter.
                if (name[0] == '.' || name.EndsWith(".session", StringComparison.Ordinal)) continue;
                using Stream stream = files.OpenRead(path);
                using var content = new MemoryStream();
                if (stream.Length > 0) stream.CopyTo(content);
                text.Append(Encoding.UTF8.GetString(content.ToArray())).Append('\n');
            }
        }

        return text.ToString();
    }

    public void Dispose()
    {
        _scheduler.Dispose();
        _scratch.Dispose();
    }
}
