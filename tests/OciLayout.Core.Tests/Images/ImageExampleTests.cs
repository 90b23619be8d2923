using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Images;

/// <summary>Compiles and runs the example of images in docs/library.md. The lines between the two markers are those of the document.</summary>
public class ImageExampleTests
{
    [Fact]
    public async Task Example_runs()
    {
        using var temporary = new TemporaryDirectory();
        var (path, folder, destination) = (temporary["store"], temporary.NewDirectory("app"), temporary["rootfs"]);
        File.WriteAllText(Path.Combine(folder, "run"), "echo 1");

        // begin of the example
        var store = OciStore.Create(path);
        using var batch = store.BeginBatch();
        var settings = new ImageSettings { Layers = [new LayerSource(folder) { Target = "/app" }], Entrypoint = ["/app/run"] };
        var built = new OciImageBuilder(batch).Build(null, settings, Platform.Parse("linux/amd64"), ["app:1"]);
        batch.Commit();

        var image = await OciImage.SelectAsync(store, store.Resolve("app:1"));
        Console.WriteLine($"{image.Platform}: {image.Layers.Count} layers, {image.Size} bytes, {string.Join(" ", image.Config.Entrypoint)}");

        var files = new OciImageFiles(image);
        foreach (var file in files.List()) Console.WriteLine($"{file.Path}: {file.Size} bytes");
        using var content = new MemoryStream();
        if (files.Resolve("/app/run") is { } run) files.CopyTo(run, content);

        var edit = await OciImageEdit.PlanAsync(store, image.Descriptor, new ImageSettings { Labels = [new("stage", "test")] });
        edit.Run(batch, ["app:2"]);
        batch.Commit();

        var comparison = new OciImageComparison(image, await OciImage.SelectAsync(store, store.Resolve("app:2")));
        foreach (var difference in comparison.Compare().Concat(comparison.CompareFiles())) Console.WriteLine(difference);

        new OciImageExpansion(image).Run(destination);
        // end of the example

        Assert.Equal(built.Digest, image.Descriptor.Digest);
        Assert.Equal("echo 1", Encoding.UTF8.GetString(content.ToArray()));
        Assert.Equal(["Added Labels.stage", "Added History.1"], comparison.Compare().Select(d => d.ToString()));
        Assert.True(File.Exists(Path.Combine(destination, "app", "run")));
    }

    [Fact]
    public void Document_shows_the_lines_that_run() =>
        Assert.Equal(LibraryDocument.LinesOf("OciLayout.Core.Tests/Images/ImageExampleTests.cs"), LibraryDocument.Example(2));
}
