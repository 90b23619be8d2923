using System;
using System.IO;
using System.IO.Compression;
using System.Threading.Tasks;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.Tests.Registry;

/// <summary>Tests the memory that a compressed answer may take. No other test runs at the same time, because the test measures the whole process.</summary>
[Collection(nameof(CompressedBodyTests))]
[CollectionDefinition(nameof(CompressedBodyTests), DisableParallelization = true)]
public sealed class CompressedBodyTests
{
    [Fact]
    public async Task A_compressed_manifest_expands_to_the_limit_only()
    {
        await using var server = await TestRegistry.StartAsync();
        using var bomb = new MemoryStream();
        await using (var gzip = new GZipStream(bomb, CompressionLevel.Optimal, leaveOpen: true))
        {
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 256; i++) await gzip.WriteAsync(zeros, TestContext.Current.CancellationToken);
        }

        server.Faults.Always("GET", "/manifests/", (context, _) =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            context.Response.ContentType = MediaTypes.ImageManifest;
            return Answers.SendAsync(context, bomb.ToArray());
        });
        using var registry = server.Client();
        var before = GC.GetTotalAllocatedBytes();

        await Reading.FailsAsync(OciErrorKind.SizeLimitExceeded, () => registry.GetRepository("team/app").GetManifestAsync("v1", TestContext.Current.CancellationToken));

        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 64 << 20);
    }
}
