using System;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Interop.Tests;

/// <summary>Tests that the tools read the layouts of <c>tests/data</c>, so that other failures are caused by this library.</summary>
/// <remarks><c>skopeo-v2s2.tar</c> is left out, because skopeo 1.9 does not find an entry of a Docker media type by its tag.</remarks>
public class BaselineTests
{
    [Theory]
    [InlineData("oras.tar", "v1")]
    [InlineData("umoci.tar", "base")]
    [InlineData("regctl.tar", "multi")]
    [InlineData("skopeo-untagged.tar", null)]
    public async Task Skopeo_reads_a_real_layout(string layout, string? tag)
    {
        Tool skopeo = Tool.Require("skopeo");
        using var temporary = new TemporaryDirectory();
        string root = RealLayout.Unpack(layout, temporary);

        using var manifest = JsonDocument.Parse(await skopeo.RunAsync("inspect", "--raw", tag is null ? $"oci:{root}" : $"oci:{root}:{tag}"));

        Assert.Equal(2, manifest.RootElement.GetProperty("schemaVersion").GetInt32());
    }

    [Fact]
    public async Task Umoci_lists_a_real_layout()
    {
        Tool umoci = Tool.Require("umoci");
        using var temporary = new TemporaryDirectory();
        string root = RealLayout.Unpack("umoci.tar", temporary);

        string[] tags = (await umoci.RunAsync("ls", "--layout", root)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(["app", "app-2", "base"], tags.Order());
    }
}
