using System;
using System.Globalization;
using System.IO;
using System.Linq;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Safety.Steps;
using OciLayout.Store;
using Xunit;

namespace OciLayout.Safety.Hostile;

/// <summary>
/// Imports archives with random changes: an import ends with an OciException and an empty store, or with a store whose content is complete
/// and can be exported to a second store. <c>OCILAYOUT_FUZZ_ARCHIVES</c> sets the number of archives (1,500).
/// </summary>
public sealed class FuzzArchiveTests(ITestOutputHelper output)
{
    private static readonly OciStoreOptions Quick = new() { Flush = false };

    [Fact]
    public void Mutated_archive_is_imported_completely_or_not_at_all()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable("OCILAYOUT_FUZZ_ARCHIVES") ?? "1500", CultureInfo.InvariantCulture);
        var imported = 0;
        for (int i = 0; i < count; i++)
        {
            byte[] archive = FuzzArchives.Next(new Random(i + (1000 * count)));
            try
            {
                if (Import(archive)) imported++;
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{i}: {e.Message}\n{FuzzCorpus.Encode(archive)}", e);
            }
        }

        output.WriteLine($"{imported} of {count} archives were imported.");
        Assert.InRange(imported, count / 20, count - (count / 20));
    }

    private static bool Import(byte[] archive)
    {
        var disk = new MemoryDisk();
        Write(disk, "/a.tar", archive);
        OciStore store = Create(disk, "/one");
        try
        {
            store.Import("/a.tar");
        }
        catch (OciException e)
        {
            Assert.InRange(e.Message.Length, 10, 5000);
            Assert.Empty(store.GetEntries());
            Assert.DoesNotContain(disk.List("/one/ingest"), f => f.Name.EndsWith(".upload", StringComparison.Ordinal));
            store.State.Dispose();
            return false;
        }

        foreach (IndexListing entry in store.GetEntries())
            Assert.DoesNotContain(store.Walk(entry.Descriptor!), v => v.IsMissing && v.Role is DescriptorRole.Config or DescriptorRole.Layer && !MediaTypes.IsForeignLayer(v.Descriptor.MediaType));
        store.Export(store.PlanExport(), "/b.tar");
        OciStore copy = Create(disk, "/two");
        copy.Import("/b.tar");
        Assert.Equal(store.GetEntries().Select(Describe).Order(StringComparer.Ordinal), copy.GetEntries().Select(Describe).Order(StringComparer.Ordinal));
        store.State.Dispose();
        copy.State.Dispose();
        return true;
    }

    private static string Describe(IndexListing entry) => $"{entry.Tag}={entry.Descriptor} {string.Join(',', entry.Descriptor!.Annotations.Select(a => a.ToString()).Order(StringComparer.Ordinal))}";

    private static OciStore Create(MemoryDisk disk, string root)
    {
        disk.CreateDirectory(root);
        LayoutCreator.Create(new DirectoryLayout(root, disk), disk, false, true, Quick.LockTimeout, default);
        return OciStore.OpenIsolated(root, disk, Quick);
    }

    private static void Write(MemoryDisk disk, string path, byte[] content)
    {
        using Stream file = disk.Create(path, FilePurpose.Plain);
        file.Write(content, 0, content.Length);
    }
}
