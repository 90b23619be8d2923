using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using OciLayout.Files;
using OciLayout.Index;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety.Hostile;

/// <summary>
/// Reads and changes stores whose index has random changes. Every operation succeeds or fails with an OciException, and adding and removing
/// a tag keeps the other entries as they were. <c>OCILAYOUT_FUZZ_STORES</c> sets the number of stores (300).
/// </summary>
public sealed class FuzzStoreTests
{
    private static readonly OciStoreOptions Quick = new() { Flush = false };

    [Fact]
    public async Task Store_with_a_mutated_index_answers_or_refuses()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable("OCILAYOUT_FUZZ_STORES") ?? "300", CultureInfo.InvariantCulture);
        using TemporaryDirectory directory = TemporaryDirectory.InMemory();
        var layouts = RealLayout.Names.Select(n => RealLayout.Unpack(n, directory))
            .Select(r => (Root: r, Index: File.ReadAllBytes(Path.Combine(r, "index.json")))).ToList();
        byte[] last = [];
        Task task = Task.Run(() =>
        {
            for (int i = 0; i < count;)
            {
                var chance = new Random(i + (1000 * count));
                (string root, byte[] index) = layouts[chance.Next(layouts.Count)];
                for (last = new Mutator(chance, [index]).Next(); !Parses(last); last = new Mutator(chance, [index]).Next())
                {
                    // Skip an index that cannot be parsed. Opening retries it for a while before it is refused; other tests do that.
                }

                File.WriteAllBytes(Path.Combine(root, "index.json"), last);
                Ask(root);
                i++;
            }
        });
        Assert.True(await Task.WhenAny(task, Task.Delay(TimeSpan.FromMinutes(10))) == task, "It did not end: " + FuzzCorpus.Encode(last));
        Exception? error = await Record.ExceptionAsync(() => task);
        Assert.True(error is null, $"{error}\n{FuzzCorpus.Encode(last)}");
    }

    private static bool Parses(byte[] index)
    {
        try
        {
            IndexTable.Parse(index);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void Ask(string root)
    {
        OciStore store = OciStore.OpenIsolated(root, PhysicalFileSystem.Instance, Quick);
        IReadOnlyList<IndexListing> entries = store.GetEntries();
        Assert.Equal(store.TagCount, store.GetTags().Count);
        foreach (string name in entries.Select(e => e.Tag ?? e.Descriptor?.Digest.ToString()).OfType<string>().Take(4))
        {
            Refused(() => Assert.NotEmpty(store.Walk(store.Resolve(name)).ToList()));
            Refused(() => store.PlanDeletion(name));
            Refused(() => store.GetReferrers(store.Resolve(name).Digest));
            Refused(() => store.GetPredecessors(store.Resolve(name).Digest));
        }

        Refused(() => store.PlanGarbage());
        Refused(() => store.PlanGarbage(new GarbageOptions { Force = true }));
        List<string> before = Raw(store);
        Descriptor blob = store.Push(new PushRequest(), new MemoryStream("a blob that nothing names"u8.ToArray())).Descriptor;
        store.Tag(blob, "a-tag-that-no-input-has");
        store.Untag("a-tag-that-no-input-has");
        store.State.Dispose();
        store = OciStore.OpenIsolated(root, PhysicalFileSystem.Instance, Quick);
        Assert.Equal(before, Raw(store).SkipLast(1));
    }

    private static List<string> Raw(OciStore store) => [.. store.State.Entries().Entries.Select(e => FuzzCorpus.Encode(e.Raw.ToArray()))];

    private static void Refused(Action action)
    {
        try
        {
            action();
        }
        catch (OciException e)
        {
            Assert.InRange(e.Message.Length, 10, 5000);
        }
    }
}
