using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using OciLayout.Files;
using OciLayout.Layout;
using OciLayout.Maintenance;
using OciLayout.Safety.Steps;
using Xunit;

namespace OciLayout.Safety.Hostile;

/// <summary>
/// Verifies images whose layer and configuration have random changes. A deep verification reports findings and never fails.
/// <c>OCILAYOUT_FUZZ_LAYERS</c> sets the number of images (1,500).
/// </summary>
public sealed class FuzzLayerTests(ITestOutputHelper output)
{
    private static readonly string Text = $$$"""
        {"created":"2026-01-01T00:00:00Z","architecture":"arm64","variant":"v8","os":"linux","config":{"Env":["A=1"],"Labels":{"a":"b"}},
         "rootfs":{"type":"layers","diff_ids":["{{{Digest.Compute("x"u8)}}}"]},"history":[{"created_by":"ADD"},{"empty_layer":true}]}
        """;

    [Fact]
    public void Mutated_layers_and_configurations_are_verified()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable("OCILAYOUT_FUZZ_LAYERS") ?? "1500", CultureInfo.InvariantCulture);
        var found = new SortedDictionary<FindingProblem, int>();
        for (int i = 0; i < count; i++)
        {
            var chance = new Random(i + (1000 * count));
            byte[] layer = FuzzArchives.Next(chance);
            byte[] config = new Mutator(chance, [Encoding.UTF8.GetBytes(Text)]).Next();
            try
            {
                foreach (FindingProblem problem in Verify(layer, config)) found[problem] = found.TryGetValue(problem, out int known) ? known + 1 : 1;
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{i}: {e.Message}\n{FuzzCorpus.Encode(layer)}\n{FuzzCorpus.Encode(config)}", e);
            }
        }

        output.WriteLine(string.Join(", ", found.Select(f => $"{f.Value} {f.Key}")));
        Assert.All([FindingProblem.InvalidConfig, FindingProblem.InvalidLayer, FindingProblem.DiffIdMismatch, FindingProblem.PlatformMismatch], p => Assert.InRange(found[p], 1, count));
    }

    private static IEnumerable<FindingProblem> Verify(byte[] layer, byte[] config)
    {
        var disk = new MemoryDisk();
        foreach (string directory in new[] { "/layout", "/layout/blobs", "/layout/blobs/sha256" }) disk.CreateDirectory(directory);
        Write(disk, "oci-layout", """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray());
        string Add(string type, byte[] content)
        {
            var digest = Digest.Compute(content);
            Write(disk, LayoutNames.Blob(digest), content);
            return $"{{\"mediaType\":\"{type}\",\"digest\":\"{digest}\",\"size\":{content.Length}";
        }

        string parts = $"\"config\":{Add("application/vnd.oci.image.config.v1+json", config)}}},\"layers\":[{Add("application/vnd.oci.image.layer.v1.tar+gzip", layer)}}}]";
        string image = Add(MediaTypes.ImageManifest, Encoding.UTF8.GetBytes($"{{\"schemaVersion\":2,\"mediaType\":\"{MediaTypes.ImageManifest}\",{parts}}}"));
        Write(disk, "index.json", Encoding.UTF8.GetBytes($"{{\"schemaVersion\":2,\"manifests\":[{image},\"platform\":{{\"os\":\"linux\",\"architecture\":\"arm64\"}}}}]}}"));
        var found = new List<Finding>();
        Verification.Run("/layout", disk, found.Add, new VerifyOptions { Deep = true }, null, CancellationToken.None);
        Assert.All(found, f => Assert.InRange((f.Expected + f.Actual).Length, 1, 5000));
        return found.Select(f => f.Problem);
    }

    private static void Write(MemoryDisk disk, string name, byte[] content)
    {
        using Stream file = disk.Create("/layout/" + name, FilePurpose.Plain);
        file.Write(content, 0, content.Length);
    }
}
