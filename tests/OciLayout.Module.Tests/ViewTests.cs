using System;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

public class ViewTests
{
    [Theory]
    [InlineData("Get-OciStore ./oras", "Tags Index Path")]
    [InlineData("Get-OciTag ./oras", "Tag Digest Size MediaType")]
    [InlineData("Get-OciDescriptor ./oras", "Digest Size Type")]
    [InlineData("Get-OciDescriptor ./oras v1 -Recurse", "Role Digest Size Type")]
    [InlineData("Invoke-OciGC ./umoci -PlanOnly", "Digest Size Reason MediaType")]
    [InlineData("Invoke-OciGC ./umoci", null)]
    [InlineData("Get-OciManifest ./oras v1", null)]
    [InlineData("Get-OciManifest ./regctl multi", null)]
    public void Everything_fits_80_columns(string line, string? headers)
    {
        using var session = new ModuleSession();
        foreach (string name in new[] { "oras.tar", "umoci.tar", "regctl.tar" })
            RealLayout.Unpack(name, session.Directory);

        string[] lines = session.Render(line).Split('\n');

        Assert.All(lines, l => Assert.True(l.TrimEnd().Length <= 80, l));
        Assert.DoesNotContain(lines, l => l.Contains("OciLayout.PowerShell", StringComparison.Ordinal) || l.Contains("Exception", StringComparison.Ordinal));
        if (headers is not null)
            Assert.Equal(headers, string.Join(' ', lines.First(l => l.Trim().Length > 0).Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Fact]
    public void A_long_tag_leaves_room_for_its_neighbours()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("Set-OciTag ./layout ('a' * 120 + '-release') -Reference v1; Set-OciTag ./layout short -Reference v1");

        string[] lines = session.Render("Get-OciTag ./layout").Split('\n');

        Assert.All(lines, l => Assert.True(l.TrimEnd().Length <= 80, l));
        string[] row = Assert.Single(lines, l => l.StartsWith("aaa", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("aaaaaaaaaaaaaaaaa...-release", row[0]);
        Assert.Equal(SampleLayout.Digest(SampleLayout.V1)[..19], row[1]);
        Assert.Contains("vnd.oci.image", row[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Annotations_of_any_script_are_shown_whole()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("$null = Push-OciManifest ./layout -Tag uni -Value '{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[],\"annotations\":{\"title\":\"Größe 漢字 ✓\",\"vendor\":\"x\"}}'");
        string[] lines = session.Render("Get-OciManifest ./layout uni").Split('\n');
        Assert.Contains(lines, l => l.TrimEnd().EndsWith("title=Größe 漢字 ✓", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Trim() == "vendor=x");
    }

    [Fact]
    public void A_walk_is_shown_as_a_tree()
    {
        using var session = new ModuleSession();
        RealLayout.Unpack("regctl.tar", session.Directory);

        string[] lines = session.Render("Get-OciDescriptor ./regctl multi -Recurse").Split('\n');

        Assert.Contains(lines, l => l.StartsWith("Root  ", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("  Manifest  ", StringComparison.Ordinal) && l.Contains(" linux/arm64 ", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("    Config  ", StringComparison.Ordinal));
        session.RunCleanly("Get-OciDescriptor ./regctl multi -Recurse | Where-Object Role -eq Layer | Get-OciBlob"); // and is a descriptor all the same
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.0 KiB")]
    [InlineData(1048575, "1.0 MiB")]
    [InlineData(1536000000, "1.4 GiB")]
    [InlineData(long.MaxValue, "8.0 EiB")]
    public void Sizes_are_for_people(long bytes, string shown)
    {
        using var session = new ModuleSession();
        Assert.Equal(shown, session.RunCleanly("[OciLayout.PowerShell.Display]::Size($args[0])", bytes).Single().ToString());
        Assert.Equal(
            shown + (bytes < 1024 ? "" : $" ({bytes} bytes)"),
            session.RunCleanly("[OciLayout.PowerShell.Display]::Bytes($args[0])", bytes).Single().ToString());
    }
}
