using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Files;
using Xunit;

namespace OciLayout.Safety.Steps;

/// <summary>A repair that fails or is killed at each of its file operations loses no byte, and the next repair completes it.</summary>
public sealed class RepairFaultTests(ITestOutputHelper output)
{
    private const string Index = World.Root + "/index.json";

    private static readonly Dictionary<string, Action<MemoryDisk>> Damages = new()
    {
        ["rotten and lost blobs"] = disk =>
        {
            Write(disk, Invariant.BlobPath(World.Root, World.VictimLayer.Digest), "rotten"u8.ToArray());
            disk.Delete(Invariant.BlobPath(World.Root, World.BaseConfig.Digest));
            disk.Delete(Invariant.BlobPath(World.Root, World.Base.Digest));
        },
        ["cut index"] = disk =>
        {
            byte[] whole = disk.Files.Single(f => f.Path == Index).Bytes;
            Write(disk, Index, whole[..^20]);
        },
        ["no layout file and no index"] = disk =>
        {
            disk.Delete(World.Root + "/oci-layout");
            disk.Delete(Index);
        },
    };

    public static TheoryData<string, Fault> Faults()
    {
        var faults = new TheoryData<string, Fault>();
        foreach (string damage in Damages.Keys)
        {
            foreach (Fault fault in Enum.GetValues<Fault>()) faults.Add(damage, fault);
        }

        return faults;
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void No_fault_loses_content_and_the_next_repair_completes_the_work(string name, Fault fault)
    {
        var damaged = new MemoryDisk();
        World.Make(damaged, World.Root);
        World.Make(damaged, "/whole");
        Damages[name](damaged);
        int all = Run(damaged, 0, fault);
        for (int at = 1; at <= all; at++) Run(damaged, at, fault);
        output.WriteLine($"{name} | {fault} | {all} operations");
    }

    // Returns the number of file operations without a fault.
    private static int Run(MemoryDisk damaged, int at, Fault fault)
    {
        MemoryDisk disk = damaged.Copy();
        var files = new CrashingFileSystem(disk);
        files.Set(at, fault);
        var mended = new List<Finding>();
        Exception? told = Record.Exception(() => Repair(files, mended));
        int count = files.Operations.Count;
        files.Bury();
        try
        {
            bool dies = at > 0 && fault is Fault.DiesBefore or Fault.DiesAfter;
            if (at == 0) Assert.Null(told);
            else if (!dies) Assert.True(told is null or OciException or IOException or UnauthorizedAccessException);
            Assert.True(at == 0 || count >= at, "The operation was never reached.");
            AssertKept(damaged, disk);
            AssertMended(mended, disk);
            Repair(disk, []);
            AssertKept(damaged, disk);
            Assert.DoesNotContain(Plan(disk).Findings, f => f.Severity > FindingSeverity.Notice);
        }
        catch (Exception e)
        {
            string what = $"{fault} at operation {at}, {files.Operations.ElementAtOrDefault(at - 1)}, told {told}: {e.Message}";
            throw new InvalidOperationException($"{what}\n{string.Join('\n', files.Operations.Take(count))}", e);
        }

        return count;
    }

    private static RepairPlan Plan(IFileSystem files, params OciStore[] sources) =>
        new OciRepair(World.Root, new RepairOptions { Sources = sources }, files, null).Plan();

    private static void Repair(IFileSystem files, List<Finding> mended)
    {
        var source = OciStore.OpenIsolated("/whole", files);
        OciStore? store = null;
        try
        {
            new OciRepair(World.Root, null, files, () => store = OciStore.OpenIsolated(World.Root, files)).Run(Plan(files, source), new Observer<Finding>(Note));
        }
        finally
        {
            store?.State.Dispose();
        }

        void Note(Finding finding)
        {
            if (finding.Reason is null) mended.Add(finding);
        }
    }

    // Content that is reported as repaired exists and has its digest.
    private static void AssertMended(List<Finding> mended, MemoryDisk disk)
    {
        foreach (Finding finding in mended.Where(f => f.Remedy is FindingRemedy.Replace or FindingRemedy.Fetch))
        {
            byte[] bytes = disk.Files.Single(f => f.Path == Invariant.BlobPath(World.Root, finding.Digest.ToString())).Bytes;
            Assert.Equal(finding.Digest, Digest.Compute(bytes));
        }
    }

    // A repair may delete leftovers of killed processes. All other bytes remain in place or are moved aside.
    private static void AssertKept(MemoryDisk before, MemoryDisk now)
    {
        var there = now.Files.Select(f => Convert.ToBase64String(f.Bytes)).ToHashSet();
        Assert.All(
            before.Files.Where(f => f.Path.StartsWith(World.Root, StringComparison.Ordinal) && !f.Path.Contains("/ingest/", StringComparison.Ordinal)),
            f => Assert.Contains(Convert.ToBase64String(f.Bytes), there));
    }

    private static void Write(MemoryDisk disk, string path, byte[] bytes)
    {
        disk.Delete(path);
        using Stream file = disk.Create(path, FilePurpose.Plain);
        file.Write(bytes, 0, bytes.Length);
    }
}
