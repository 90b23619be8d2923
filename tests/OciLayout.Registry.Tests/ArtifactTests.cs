using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using OciLayout.Testing;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Artifacts and indexes that are made in a repository, and artifacts that are unpacked from one.</summary>
public sealed class ArtifactTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Files_and_directories_are_packed_into_a_repository_as_into_a_layout_and_unpacked(bool hasReferrers)
    {
        await using var server = await TestRegistry.StartAsync();
        server.Features.HasReferrers = hasReferrers;
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        var image = TestImage.Create();
        server.Content.Add("team/app", image, "v1");
        MakeFiles();
        var options = new ArtifactOptions { ArtifactType = "application/x-demo", Subject = image.Descriptor, Created = DateTimeOffset.UnixEpoch };
        using var layout = OciStore.Create(_directory["layout"]).BeginBatch();

        var expected = Build(new OciArtifactBuilder(layout), options);
        var artifact = Build(new OciArtifactBuilder(repository), options);

        Assert.Equal(expected.Digest, artifact.Digest);
        Assert.Equal([artifact.Digest], (await repository.GetReferrersAsync(image.Descriptor.Digest, null, Cancellation)).Select(r => r.Digest));
        Assert.Equal(artifact.Digest.ToString(), server.Content["team/app"].Tags["tools"]);
        var expansion = new OciExpansion(repository);
        var files = expansion.Run(expansion.Plan(artifact, Cancellation), _directory["out"], null, Cancellation);
        Assert.Equal(3, files.Count);
        Assert.Equal(await File.ReadAllBytesAsync(_directory["big.bin"], Cancellation), await File.ReadAllBytesAsync(Path.Combine(_directory["out"], "big.bin"), Cancellation));
        Assert.Equal("deep", await File.ReadAllTextAsync(Path.Combine(_directory["out"], "folder", "sub", "a.txt"), Cancellation));
    }

    [Fact]
    public async Task R3_R4_A_download_that_is_cut_is_continued_and_wrong_content_leaves_no_file()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        MakeFiles();
        var artifact = Build(new OciArtifactBuilder(repository), new ArtifactOptions { ArtifactType = "application/x-demo" });
        var layer = (await repository.GetManifestAsync(artifact.Digest.ToString(), Cancellation)).Layers.Single(l => l.Size == 3_000_000);
        server.Faults.Add("GET", "/blobs/" + layer.Digest, Answers.CutAfter(2_000_000));
        var expansion = new OciExpansion(repository);
        server.ClearLog();

        expansion.Run(expansion.Plan(artifact, Cancellation), _directory["out"], null, Cancellation);

        Assert.Equal(2, server.Log.Count(r => r.Path.EndsWith(layer.Digest.ToString(), StringComparison.Ordinal)));
        server.Content["team/app"].Blobs[layer.Digest.ToString()] = TestImage.Bytes(3_000_000, 99);
        await Reading.FailsAsync(OciErrorKind.DigestMismatch, () => Task.Run(() => expansion.Run(expansion.Plan(artifact, Cancellation), _directory["bad"], null, Cancellation), Cancellation));
        Assert.False(Directory.Exists(_directory["bad"]) && Directory.EnumerateFileSystemEntries(_directory["bad"]).Any());
    }

    [Fact]
    public async Task A_second_artifact_sends_only_its_manifest_and_an_artifact_without_files_has_the_empty_layer()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        MakeFiles();
        Build(new OciArtifactBuilder(repository), new ArtifactOptions { ArtifactType = "application/x-demo" });
        server.ClearLog();

        Build(new OciArtifactBuilder(repository), new ArtifactOptions { ArtifactType = "application/x-other" });

        Assert.Equal(["/v2/team/app/manifests/tools"], server.Log.Where(r => r.Method == "PUT").Select(r => r.Path));
        var empty = new OciArtifactBuilder(repository).Build(new ArtifactOptions { ArtifactType = "application/x-empty" }, Cancellation);
        Assert.Equal([OciArtifactBuilder.Empty.Digest], (await repository.GetManifestAsync(empty.Digest.ToString(), Cancellation)).Layers.Select(l => l.Digest));
    }

    [Fact]
    public async Task An_index_of_images_of_a_repository_has_their_platforms()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        using var copy = new OciCopy(CopyShapes.Create(_directory["source"], "index"), repository);
        var source = OciStore.Open(_directory["source"]);
        await copy.RunAsync(await copy.PlanAsync([new CopyRoot(source.Resolve("index"), "index")], Cancellation), null, Cancellation);
        var members = source.GetManifest(source.Resolve("index"), Cancellation).Manifests;
        var builder = new OciIndexBuilder(repository);

        foreach (var member in members) builder.Add(member, null, Cancellation);
        var index = await repository.PushManifestAsync(builder.ToBytes(), MediaTypes.ImageIndex, "multi", Cancellation);

        var platforms = (await repository.GetManifestAsync("multi", Cancellation)).Manifests.Select(m => m.Platform!.ToString());
        Assert.Equal(["linux/amd64", "linux/arm64"], platforms);
        Assert.Equal(members[1].Digest, (await OciPlatforms.SelectAsync(repository, index, Platform.Parse("linux/arm64"), Cancellation)).Digest);
        Assert.Throws<OciException>(() => builder.Add(TestImage.BlobOf([1]), null, Cancellation));
    }

    [Fact]
    public async Task An_edited_index_is_one_manifest_and_an_edit_without_changes_sends_nothing()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        using var copy = new OciCopy(CopyShapes.Create(_directory["source"], "index"), repository);
        var source = OciStore.Open(_directory["source"]);
        var root = source.Resolve("index");
        await copy.RunAsync(await copy.PlanAsync([new CopyRoot(root, "index")], Cancellation), null, Cancellation);
        server.ClearLog();

        var edit = await OciIndexEdit.PlanAsync(repository, root, new IndexChanges { Removed = ["linux/arm64"] }, Cancellation);
        Assert.DoesNotContain(server.Log, r => r.Method is not ("GET" or "HEAD"));
        var result = edit.Run(repository, ["index"], Cancellation);
        var same = await OciIndexEdit.PlanAsync(repository, result, new IndexChanges { Added = [new(result, null)] }, Cancellation);

        Assert.Equal(["/v2/team/app/manifests/index"], server.Log.Where(r => r.Method is not ("GET" or "HEAD")).Select(r => r.Path));
        Assert.Equal(source.GetManifest(root, Cancellation).Manifests[0].Digest, Assert.Single((await repository.GetManifestAsync("index", Cancellation)).Manifests).Digest);
        Assert.False(same.IsChanged);
        Assert.Equal(result, same.Run(repository, null, Cancellation));
    }

    [Fact]
    public async Task An_edit_of_an_index_whose_tag_was_moved_meanwhile_sends_nothing()
    {
        await using var server = await TestRegistry.StartAsync();
        using var registry = server.Client();
        var repository = registry.GetRepository("team/app");
        using var copy = new OciCopy(CopyShapes.Create(_directory["source"], "index"), repository);
        var root = OciStore.Open(_directory["source"]).Resolve("index");
        await copy.RunAsync(await copy.PlanAsync([new CopyRoot(root, "index")], Cancellation), null, Cancellation);
        var edit = await OciIndexEdit.PlanAsync(repository, root, new IndexChanges { Removed = ["linux/arm64"] }, Cancellation);
        edit.Tag = "index";
        await repository.TagAsync((await repository.GetManifestAsync("index", Cancellation)).Manifests[0].Digest.ToString(), "index", Cancellation);
        server.ClearLog();

        Assert.Equal(OciErrorKind.TagMoved, Assert.Throws<OciException>(() => edit.Run(repository, ["index"], Cancellation)).Kind);
        Assert.DoesNotContain(server.Log, r => r.Method is not ("GET" or "HEAD"));
        await repository.TagAsync(root.Digest.ToString(), "index", Cancellation);
        Assert.NotEqual(root.Digest, edit.Run(repository, ["index"], Cancellation).Digest);
    }

    private void MakeFiles()
    {
        File.WriteAllBytes(_directory["big.bin"], TestImage.Bytes(3_000_000, 7));
        Directory.CreateDirectory(Path.Combine(_directory["folder"], "sub"));
        File.WriteAllText(Path.Combine(_directory["folder"], "sub", "a.txt"), "deep");
        File.WriteAllText(Path.Combine(_directory["folder"], "b.txt"), "flat");
    }

    private Descriptor Build(OciArtifactBuilder builder, ArtifactOptions options)
    {
        var counts = new List<long>();
        builder.Add(_directory["big.bin"], null, null, new Observer<long>(counts.Add), Cancellation);
        builder.Add(_directory["folder"], null, null, null, Cancellation);
        Assert.All(counts, c => Assert.InRange(c, 1, 3_000_000));
        return builder.Build(options, ["tools"], Cancellation);
    }
}
