using System.IO;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Interop.Tests;

/// <summary>Tests that all documents that this library writes match the schemas of the specification.</summary>
public class WrittenDocumentTests
{
    [Fact]
    public async Task All_documents_of_a_layout_match_the_schemas()
    {
        using var temporary = new TemporaryDirectory();
        var store = OciStore.Create(temporary["store"]);
        await AssertLayoutValid(store);

        var multi = TinyImage.PushMultiPlatform(store, "multi");
        TinyImage.Push(store, "signature", subject: multi);
        store.Tag(multi, "moved");
        store.Untag("multi");
        new OciGarbageCollector(store).Run();

        await AssertLayoutValid(store);
        foreach (var descriptor in store.GetEntries().Select(e => e.Descriptor!))
        {
            var schema = descriptor.MediaType == MediaTypes.ImageIndex ? SpecificationSchema.Index : SpecificationSchema.Manifest;
            await SpecificationSchema.AssertValidAsync(schema, store.ReadAll(descriptor, 1 << 20));
        }
    }

    private static async Task AssertLayoutValid(OciStore store)
    {
        await SpecificationSchema.AssertFileValidAsync(SpecificationSchema.Layout, Path.Combine(store.Path, "oci-layout"));
        await SpecificationSchema.AssertFileValidAsync(SpecificationSchema.Index, Path.Combine(store.Path, "index.json"));
    }
}
