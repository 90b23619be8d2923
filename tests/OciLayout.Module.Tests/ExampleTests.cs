using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Runs every script of docs/examples from the staged module. PesterTests runs those that are tests.</summary>
public class ExampleTests
{
    private static readonly string Samples = Path.Combine(Repository.StagedModule, "samples");

    public static IEnumerable<TheoryDataRow<string>> Examples =>
        Directory.EnumerateFiles(Samples, "*.ps1").Where(p => !p.EndsWith(".Tests.ps1", StringComparison.Ordinal)).Select(p => new TheoryDataRow<string>(Path.GetFileName(p)));

    [Theory]
    [MemberData(nameof(Examples))]
    public void Example_runs_without_an_error(string name)
    {
        using var session = new ModuleSession();
        Assert.NotEmpty(session.Run("& $args[0] | Out-Host", Path.Combine(Samples, name)).AssertNoErrors().HostText);
    }

    [Fact]
    public void Quickstart_creates_its_layout_at_the_given_path()
    {
        using var session = new ModuleSession();

        string text = session.Run("& $args[0] ./layout", Path.Combine(Samples, "quickstart.ps1")).AssertNoErrors().HostText;

        Assert.Equal("v2", string.Join(' ', session.RunCleanly("Get-OciTag ./layout")));
        Assert.Contains("What if: Delete tag 'v1' and 4 objects", text);
        Assert.Contains("spdx+json", text);
    }
}
