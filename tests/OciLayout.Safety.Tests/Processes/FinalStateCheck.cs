using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Files;
using Xunit;

namespace OciLayout.Safety;

/// <summary>Checks a store after all its workers have ended: first with the framework only, then with the core.</summary>
internal static class FinalStateCheck
{
    private static readonly string[] Locks = [".gate", ".lock", ".turn"];

    /// <summary>
    /// Options for the check. A process that this one is starting shares its locks for a moment, until the new program runs, so a lock is
    /// waited for.
    /// </summary>
    public static OciStoreOptions Unflushed { get; } = new() { LockTimeout = TimeSpan.FromSeconds(10), Flush = false };

    /// <summary>Creates a store with one tag that no worker changes.</summary>
    public static string NewStore(string root)
    {
        var store = OciStore.Create(root);
        Descriptor config = store.Push(new PushRequest(), new MemoryStream("{}"u8.ToArray())).Descriptor;
        string manifest = $$"""{"schemaVersion":2,"mediaType":"{{Image}}","config":{"mediaType":"application/x","digest":"{{config.Digest}}","size":2},"layers":[]}""";
        store.Tag(store.Push(new PushRequest { AsManifest = true }, new MemoryStream(System.Text.Encoding.UTF8.GetBytes(manifest))).Descriptor, "base");
        store.State.Dispose();
        return root;
    }

    private const string Image = "application/vnd.oci.image.manifest.v1+json";

    /// <summary>Checks all acknowledged changes, then that garbage collection leaves exactly the reachable content.</summary>
    /// <param name="root">The path of the store.</param>
    /// <param name="alone">Whether only one thread made changes, so that no other one can have collected its content.</param>
    /// <param name="ledgers">The ledgers of the workers.</param>
    public static void Check(string root, bool alone, params WorkerLog[] ledgers)
    {
        IReadOnlyDictionary<string, string> tags = Invariant.Tags(root);
        Assert.Contains("base", tags.Keys);
        foreach (WorkerLog ledger in ledgers) CheckTags(tags, ledger);
        CheckStrangers(tags, ledgers);
        CheckContent(root, tags);
        IReadOnlyList<string> entries = Invariant.Entries(root);
        Assert.All(ledgers.SelectMany(l => l.Gone).Except(entries), d => Assert.False(File.Exists(Invariant.BlobPath(root, d)), $"{d} was deleted and is there."));
        if (alone || !ledgers.Any(l => l.Collected))
        {
            Assert.All(ledgers.SelectMany(l => l.Blobs), d => Assert.True(File.Exists(Invariant.BlobPath(root, d)), $"{d} was acknowledged and is gone."));
            Assert.All(ledgers.SelectMany(l => l.Listed), d => Assert.True(entries.Contains(d), $"{d} was acknowledged and is not listed any more."));
        }

        CheckWithTheCore(root, tags);
        Assert.Equal(tags.OrderBy(t => t.Key, StringComparer.Ordinal), Invariant.Tags(root).OrderBy(t => t.Key, StringComparer.Ordinal));
        CheckContent(root, tags);
        Assert.Equal(Needed(root), Files(root));
        Assert.Equal(Locks, Directory.EnumerateFileSystemEntries(Path.Combine(root, "ingest")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static void CheckTags(IReadOnlyDictionary<string, string> tags, WorkerLog ledger)
    {
        foreach ((string tag, string? digest) in ledger.Sure)
            Assert.True(tags.GetValueOrDefault(tag) == digest, $"The tag '{tag}' was acknowledged as {digest ?? "gone"}; it is {tags.GetValueOrDefault(tag) ?? "gone"}.");
        foreach ((string tag, string? before, string? after) in ledger.Begun)
            Assert.True(tags.GetValueOrDefault(tag) == before || tags.GetValueOrDefault(tag) == after, $"The tag '{tag}' is neither what it was nor what it should become.");

        var saving = ledger.Saving;
        Assert.True(
            saving.All(s => tags.GetValueOrDefault(s.Tag) == s.Before) || saving.All(s => tags.GetValueOrDefault(s.Tag) == s.After),
            "A save that was interrupted happened by half.");
    }

    // Every tag was made by a worker.
    private static void CheckStrangers(IReadOnlyDictionary<string, string> tags, WorkerLog[] ledgers)
    {
        var known = ledgers.SelectMany(l => l.Sure).Select(t => t.Key)
            .Concat(ledgers.SelectMany(l => l.Begun.Concat(l.Saving)).Select(t => t.Tag)).Append("base").ToHashSet(StringComparer.Ordinal);
        var contested = ledgers.SelectMany(l => l.Contested).ToHashSet();
        foreach ((string tag, string digest) in tags)
            Assert.True(known.Contains(tag) || contested.Contains((tag, digest)), $"Nobody tagged {digest} as '{tag}'.");
    }

    // The content of every entry, tagged or not, is complete.
    private static void CheckContent(string root, IReadOnlyDictionary<string, string> tags)
    {
        var seen = new HashSet<string>();
        foreach ((string tag, string digest) in tags) Invariant.CheckContent(root, digest, $"tag '{tag}'", seen);
        foreach (string digest in Invariant.Entries(root)) Invariant.CheckContent(root, digest, "an entry", seen);
        Invariant.CheckNames(root);
    }

    private static void CheckWithTheCore(string root, IReadOnlyDictionary<string, string> tags)
    {
        var store = OciStore.OpenIsolated(root, PhysicalFileSystem.Instance, Unflushed);
        try
        {
            Assert.Equal(tags.Keys.Order(StringComparer.Ordinal), store.GetTags().Select(t => t.Tag));
            Assert.All(tags, t => Assert.Equal(t.Value, store.Resolve(t.Key).Digest.ToString()));
            Assert.All(tags.Keys, t => Assert.DoesNotContain(store.Walk(store.Resolve(t)), v => v.IsMissing || v.Problem is not null));
            store.Collect();
            GarbageResult again = store.Collect();
            Assert.Equal((0, 0), (again.RemovedCount, again.RemovedEntries));
        }
        finally
        {
            store.State.Dispose();
        }
    }

    // Returns the content that is reachable from the index. After a collection exactly this content is stored.
    private static IEnumerable<string> Needed(string root)
    {
        var seen = new HashSet<string>();
        foreach (string digest in Invariant.Entries(root)) Invariant.CheckContent(root, digest, "an entry", seen);
        return seen.Select(d => d["sha256:".Length..]).Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Files(string root) =>
        Directory.EnumerateFiles(Path.Combine(root, "blobs", "sha256")).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);
}
