using System;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

public class ViewTests
{
    [Theory]
    [InlineData("Get-OciStore ./oras", "Tags Index Path")]
    [InlineData("Get-OciTag ./oras", "Digest Size Type Tag")]
    [InlineData("Get-OciDescriptor ./oras", "Digest Size Type Tag")]
    [InlineData("Get-OciDescriptor ./oras v1 -Recurse", "Role Digest Size Type")]
    [InlineData("Invoke-OciGC ./umoci -PlanOnly", "Digest Size Reason Type")]
    [InlineData("Invoke-OciGC ./umoci", null)]
    [InlineData("Measure-OciStore ./oras", null)]
    [InlineData("Measure-OciStore ./umoci -Total", null)]
    [InlineData("Compare-OciStore ./oras ./umoci", null)]
    [InlineData("Compare-OciStore ./oras ./umoci -Total", "Side Tags Moved Blobs Size Store")]
    [InlineData("Compare-OciImage ./umoci base app-2 -File", null)]
    [InlineData("(Get-OciImage ./umoci app-2).Layers", "Digest Size DiffId MediaType")]
    [InlineData("(Get-OciImage ./umoci app-2).History", "Created Layer CreatedBy")]
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
            Assert.Equal(headers, string.Join(' ', lines.First(l => l.Trim().Length > 0 && !l.StartsWith("   Store:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Theory]
    [InlineData("Get-OciTag ./layout")]
    [InlineData("Measure-OciStore ./layout")]
    [InlineData("Compare-OciStore ./layout (New-OciStore ./other)")]
    public void A_long_tag_is_shown_completely(string line)
    {
        using var session = SampleLayout.Open();
        string tag = "registry.example.com/team/app:" + new string('a', 120) + "-release";
        session.RunCleanly("Set-OciTag ./layout $args[0] -Reference v1", tag);

        string[] lines = session.Render(line).Split('\n');

        Assert.All(lines, l => Assert.True(l.TrimEnd().Length <= 80, l));
        int first = Array.FindIndex(lines, l => l.Contains("registry", StringComparison.Ordinal));
        Assert.Contains(tag, string.Concat(lines.Skip(first).Select(l => l.TrimEnd().Split(' ')[^1])), StringComparison.Ordinal);
        Assert.Matches("^(sha256:[0-9a-f]{12} |  +[0-9.]+ K?i?B )", lines[first]);
    }

    [Theory]
    [InlineData("Get-OciTag ./layout")]
    [InlineData("Get-OciDescriptor ./layout")]
    [InlineData("Get-OciManifest ./layout v1, v2, latest")]
    [InlineData("Invoke-OciGC ./layout -PlanOnly | Where-Object MediaType")]
    public void The_type_that_a_view_shows_can_be_typed_in_a_filter(string line)
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("$null = '{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}' | Push-OciManifest ./layout -Tag all");
        session.RunCleanly("$null = '{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[],\"annotations\":{}}' | Push-OciManifest ./layout");
        string[] shown = [.. session.RunCleanly($"({line}).Type").Select(t => t.ToString()).Distinct()];

        Assert.NotEmpty(shown);
        string screen = session.Render(line);
        Assert.All(shown, type =>
        {
            Assert.Contains(type, screen, StringComparison.Ordinal);
            Assert.NotEmpty(session.RunCleanly($"{line} | Where-Object Type -eq '{type}'"));
        });
    }

    [Fact]
    public void Annotations_of_any_writing_system_are_shown_completely()
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
        // The second image has the layer of the first one, too.
        Assert.Contains(lines, l => l.Contains("linux/arm64 (1 more above) ", StringComparison.Ordinal));
        Assert.Single(session.Render("Get-OciDescriptor ./regctl multi -Recurse -All").Split('\n'), l => l.Contains("(above) vnd.oci.image.layer", StringComparison.Ordinal));
        // The object is still a descriptor.
        session.RunCleanly("Get-OciDescriptor ./regctl multi -Recurse | Where-Object Role -eq Layer | Get-OciBlob");
    }

    [Fact]
    public void Referrers_are_shown_below_their_subject()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("$null = New-OciArtifact ./layout -ArtifactType application/x-signature -Subject (Get-OciReferrer ./layout v1).Digest");

        string screen = session.Render("Get-OciTag ./layout v1, v2 | Get-OciReferrer -Recurse");

        Assert.Contains($"   Subject: v1 {SampleLayout.Digest(SampleLayout.V1)[..19]} in ", screen, StringComparison.Ordinal);
        Assert.Contains(" spdx+json", screen, StringComparison.Ordinal);
        Assert.Contains("   x-signature", screen, StringComparison.Ordinal);
        Assert.DoesNotContain("Subject: v2", screen, StringComparison.Ordinal);
        Assert.Equal(SampleLayout.Digest(SampleLayout.V1), session.RunCleanly("(Get-OciReferrer ./layout v1).Subject").Single().ToString());
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.0 KiB")]
    [InlineData(1048575, "1.0 MiB")]
    [InlineData(1536000000, "1.4 GiB")]
    [InlineData(long.MaxValue, "8.0 EiB")]
    public void Sizes_are_formatted_with_units(long bytes, string shown)
    {
        using var session = new ModuleSession();
        Assert.Equal(shown, session.RunCleanly("[OciLayout.PowerShell.Display]::Size($args[0])", bytes).Single().ToString());
        Assert.Equal(
            shown + (bytes < 1024 ? "" : $" ({bytes} bytes)"),
            session.RunCleanly("[OciLayout.PowerShell.Display]::Bytes($args[0])", bytes).Single().ToString());
    }
}
