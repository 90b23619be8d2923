using System;
using System.IO;
using System.Text;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests;

/// <summary>Compiles and runs the example of docs/library.md. The lines between the two markers are those of the document.</summary>
public class LibraryExampleTests
{
    [Fact]
    public void Example_runs()
    {
        using var temporary = new TemporaryDirectory();
        var (path, mirror) = (temporary["store"], temporary["mirror"]);

        // begin of the example
        var store = OciStore.Create(path);
        var config = store.Push(new PushRequest { MediaType = "application/vnd.oci.empty.v1+json" }, new MemoryStream("{}"u8.ToArray())).Descriptor;
        var layer = store.Push(new PushRequest { MediaType = "text/plain" }, new MemoryStream("hello"u8.ToArray())).Descriptor;
        var json = $$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.ImageManifest}}","artifactType":"application/vnd.example",
             "config":{"mediaType":"{{config.MediaType}}","digest":"{{config.Digest}}","size":{{config.Size}}},
             "layers":[{"mediaType":"{{layer.MediaType}}","digest":"{{layer.Digest}}","size":{{layer.Size}}}]}
            """;
        var manifest = store.Push(new PushRequest { AsManifest = true }, new MemoryStream(Encoding.UTF8.GetBytes(json))).Descriptor;
        store.Tag(manifest, "v1");
        foreach (var listing in store.GetTags()) Console.WriteLine($"{listing.Tag} {listing.Descriptor?.Digest}");

        using var copy = new OciCopy(store, OciStore.Create(mirror));
        var plan = copy.Plan([new CopyRoot(manifest, "v1")]);
        Console.WriteLine($"{plan.Count} objects, {plan.Size} bytes");
        copy.Run(plan);

        store.Push(new PushRequest(), new MemoryStream("not referenced"u8.ToArray()));
        var result = new OciGarbageCollector(store, new GarbageOptions { MinimumAge = TimeSpan.Zero }).Run();
        Console.WriteLine($"{result.RemovedCount} files deleted");
        // end of the example

        Assert.Equal(3, plan.Count);
        Assert.Equal(1, result.RemovedCount);
        Assert.Equal(manifest.Digest, OciStore.Open(mirror).Resolve("v1").Digest);
    }

    [Fact]
    public void Document_shows_the_lines_that_run() =>
        Assert.Equal(LibraryDocument.LinesOf("OciLayout.Core.Tests/LibraryExampleTests.cs"), LibraryDocument.Example(0));
}
