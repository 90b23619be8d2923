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
    [InlineData("Get-OciDescriptor ./oras", "Digest Size Role Type")]
    [InlineData("Get-OciDescriptor ./oras v1 -Recurse", "Digest Size Role Type")]
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
    }
}
