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

/// <summary>Tests for rule R5: downloads into a layout that an earlier process did not complete.</summary>
public sealed class PartialDownloadTests : IDisposable
{
    private const int Size = 3 << 20;

    private readonly TemporaryDirectory _directory = new();
    private readonly TestImage _image = TestImage.Create(Size);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Partial => Path.Combine(_directory["target"], "ingest", "partial");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(new[] { 1000 }, 0)]
    [InlineData(new[] { 0 }, 0)]
    [InlineData(new[] { Size - 1 }, 0)]
    [InlineData(new[] { 1 << 20, 1 << 20, 500 }, 0)]
    [InlineData(new[] { 1 << 20 }, 1)]
    [InlineData(new[] { Size }, 1)]
    [InlineData(new[] { Size, 1 }, 0)]
    public async Task R5_The_next_download_continues(int[] sizes, byte wrong)
    {
        await using var server = await DockerRegistry.StartAsync();
        using var registry = new OciRegistry(server.Host, new RegistryOptions { UseStoredCredentials = false });
        await _image.PushAsync(registry.GetRepository("team/app"), "v1");
        var target = OciStore.Create(_directory["target"]);
        Leave(sizes, wrong);
        using var copy = new OciCopy(registry.GetRepository("team/app"), target);

        var plan = await copy.PlanAsync([new CopyRoot(_image.Descriptor, "v1")], Cancellation);
        await copy.RunAsync(plan, null, Cancellation);

        Assert.Equal(Math.Min(Size, sizes.Sum()), plan.PartialSize);
        Assert.Equal(_image.Descriptor.Digest, target.Resolve("v1").Digest);
        await using var layer = target.Fetch(_image.LayerDescriptor, Cancellation);
        using var bytes = new MemoryStream();
        await layer.CopyToAsync(bytes, Cancellation);
        Assert.Equal(_image.Layer, bytes.ToArray());
        Assert.Empty(Directory.GetFiles(Partial));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(Partial)!, "*.upload"));
    }

    [Fact]
    public async Task A_complete_download_is_published_without_a_request()
    {
        var target = OciStore.Create(_directory["target"]);
        target.Push(_image.ConfigDescriptor, new MemoryStream(_image.Config), Cancellation);
        Leave([1 << 20, Size - (1 << 20)], 0);
        var server = await DockerRegistry.StartAsync();
        using var registry = new OciRegistry(server.Host, new RegistryOptions { UseStoredCredentials = false });
        await _image.PushAsync(registry.GetRepository("team/app"), "v1");
        using var copy = new OciCopy(registry.GetRepository("team/app"), target);
        var plan = await copy.PlanAsync([new CopyRoot(_image.Descriptor, "v1")], Cancellation);
        await server.DisposeAsync();

        await copy.RunAsync(plan, null, Cancellation);

        Assert.Equal(_image.Descriptor.Digest, target.Resolve("v1").Digest);
    }

    [Fact]
    public void Garbage_collection_deletes_partial_downloads_after_seven_days()
    {
        var target = OciStore.Create(_directory["target"]);
        Leave([100, 200], 0);
        var old = Directory.GetFiles(Partial).Order().First();
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-8));

        var removed = new List<RemovedItem>();
        target.Collect(null, removed.Add, Cancellation);

        Assert.Equal([old], removed.Where(i => i.Reason == RemovalReason.StaleUpload).Select(i => i.Path));
        Assert.Single(Directory.GetFiles(Partial));
    }

    // The first byte of each file is changed if it is to be wrong.
    private void Leave(int[] sizes, byte wrong)
    {
        Directory.CreateDirectory(Partial);
        var content = _image.Layer.Concat(_image.Layer).ToArray();
        for (var (i, start) = (0, 0); i < sizes.Length; start += sizes[i++])
        {
            var bytes = content.AsSpan(start, sizes[i]).ToArray();
            if (bytes.Length > 0) bytes[0] ^= wrong;
            File.WriteAllBytes(Path.Combine(Partial, $"sha256-{_image.LayerDescriptor.Digest.Encoded}.{i}"), bytes);
        }
    }
}
