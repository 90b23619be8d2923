using System;
using System.IO;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests Compare-OciImage on the sample of the help and on images of another tool.</summary>
public class ImageCompareTests
{
    private const string Row = " | ForEach-Object { \"$($_.Change) $($_.Kind) $($_.Name)\" }";

    private static readonly string Sample = Path.Combine(Repository.Root, "docs", "examples", "sample.ps1");

    [Fact]
    public void Images_of_another_tool_are_compared()
    {
        using var session = new ModuleSession();
        session.RunCleanly($"$store = Get-OciStore '{RealLayout.PathOf("umoci.tar")}'");

        Assert.Equal(
            ["Added Layer *", "Added Setting Command", "Added Setting Environment.A", "Added Setting History.1", "Added Setting History.2", "Added File /hello.txt"],
            Texts(session, "Compare-OciImage $store app app-2 -File" + Row).Select(t => t.Contains("sha256", StringComparison.Ordinal) ? "Added Layer *" : t));
        Assert.Equal(["Removed File /hello.txt"], Texts(session, "Compare-OciImage $store app-2 app -File | Where-Object Kind -eq File" + Row));
        Assert.Empty(session.RunCleanly("Compare-OciImage $store app app -File"));
        Assert.Equal(["Same File /bin", "Same File /bin/true"], Texts(session, "Compare-OciImage $store app app -File -IncludeEqual | Where-Object Kind -eq File" + Row));
    }

    [Fact]
    public void Images_from_the_pipeline_are_compared_with_those_of_their_platforms()
    {
        using var session = Open();
        session.RunCleanly("$null = Edit-OciImage ./layout app -User me -Tag app2");
        string[] expected = ["linux/amd64 Added User me", "linux/arm64 Added User me"];
        const string users = " | Where-Object Name -eq User | ForEach-Object { \"$($_.Platform) $($_.Change) $($_.Name) $($_.Difference)\" }";

        Assert.Equal(expected, Texts(session, "Get-OciImage ./layout app | Compare-OciImage -DifferenceReference app2" + users));
        Assert.Equal(expected, Texts(session, "Get-OciTag ./layout app | Compare-OciImage -DifferenceReference app2" + users));
        Assert.Equal(expected, Texts(session, "Compare-OciImage ./layout app app2" + users));
        Assert.Equal(expected[1..], Texts(session, "Compare-OciImage ./layout app app2 -Platform linux/arm64" + users));
        session.RunCleanly("$null = Edit-OciIndex ./layout app2 -Remove linux/arm64");
        Assert.Equal(["Removed linux/arm64"], Texts(session, "Compare-OciImage ./layout app app2 | Where-Object Name -eq Platform | ForEach-Object { \"$($_.Change) $($_.Reference)\" }"));
    }

    [Fact]
    public void Annotations_of_indexes_are_compared_without_a_platform()
    {
        using var session = Open();
        session.RunCleanly("$null = Edit-OciIndex ./layout app -Annotation @{ vendor = 'Contoso' } -Tag app2");

        Assert.Equal(["Added Setting Index.Annotations.vendor"], Texts(session, "Compare-OciImage ./layout app app2" + Row));
        Assert.Equal(["Removed Setting Index.Annotations.vendor"], Texts(session, "Compare-OciImage ./layout app2 app" + Row));
        Assert.Empty(Texts(session, "Compare-OciImage ./layout app app2 -Platform linux/amd64"));
        Assert.Equal(["True"], Texts(session, "$d = Compare-OciImage ./layout app app2; $null -eq $d.Platform -and $d.Image -eq (Get-OciTag ./layout app2).Digest -and $d.Difference -eq 'Contoso'"));
        Assert.Equal(["Contoso"], Texts(session, "(Compare-OciImage ./layout app app2 | Get-OciManifest).Annotations.vendor"));
    }

    [Fact]
    public void Images_of_two_stores_are_compared_by_name_and_by_object()
    {
        using var session = Open();
        session.RunCleanly("Copy-OciContent ./layout app ./mirror; $null = Edit-OciImage ./mirror app -User me");
        const string change = " | Where-Object Name -eq User | Select-Object -First 1" + Row;

        Assert.Equal(["Added Setting User"], Texts(session, "Compare-OciImage ./layout app -DifferenceStore ./mirror" + change));
        Assert.Equal(["Added Setting User"], Texts(session, "Compare-OciImage ./layout app (Get-OciTag ./mirror app)" + change));
        Assert.Equal(["Added Setting User"], Texts(session, "Get-OciTag ./layout app | Compare-OciImage -DifferenceStore ./mirror" + change));
        Assert.Equal(["Removed Setting User"], Texts(session, "Compare-OciImage ./mirror app app -DifferenceStore ./layout" + change));
        Assert.Equal(["True"], Texts(session, "(Compare-OciImage ./mirror app app -DifferenceStore ./layout | Where-Object Name -eq User)[0].Store.Path -like '*mirror'"));
    }

    [Fact]
    public void Differences_are_piped_on_as_layers_files_and_images()
    {
        using var session = Open();
        session.RunCleanly("$null = New-OciImage ./layout ./hello.txt -Base app -Platform linux/amd64 -User me -Tag next; $d = Compare-OciImage ./layout app next -Platform linux/amd64 -File");

        Assert.Equal(["Hello"], Texts(session, "$d | Where-Object Kind -eq File | Get-OciImageFile -AsString"));
        Assert.Equal(["True"], Texts(session, "$l = $d | Where-Object Kind -eq Layer; ($l | Get-OciBlob).Length -eq $l.Size"));
        Assert.Equal(["me"], Texts(session, "($d | Where-Object Name -eq User | Get-OciImage).User"));
    }

    [Theory]
    [InlineData("Compare-OciImage ./layout app", "MissingDifference", "Compare-OciImage ./layout app:1 app:2")]
    [InlineData("Compare-OciImage ./layout app nope", "NotFound", "Get-OciTag")]
    [InlineData("Compare-OciImage ./layout nope app", "NotFound", "Get-OciTag")]
    [InlineData("Compare-OciImage ./layout v1 v2", "UnsupportedMediaType", "Get-OciManifest")]
    [InlineData("Compare-OciImage ./layout app app -Platform linux/riscv64", "NotFound", "-Platform linux/amd64")]
    [InlineData("Compare-OciImage ./layout app -DifferenceStore ./nowhere", "NotFound", "Check the path")]
    [InlineData("Compare-OciImage ./layout app (Get-OciStore ./mirror)", "InvalidInput", "-DifferenceStore")]
    [InlineData("Compare-OciImage ./layout app (Get-OciTag ./layout app) -DifferenceStore ./mirror", "StoreMismatch", "Leave out -DifferenceStore")]
    [InlineData("Compare-OciImage ./layout -DifferenceReference app", "MissingReference", "Write Compare-OciImage ./layout v1")]
    public void Input_that_cannot_be_compared_is_an_error(string line, string id, string advice)
    {
        using var session = Open();
        var error = session.Run(line).AllErrors.Last();
        Assert.Equal(id, error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains(advice, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    private static ModuleSession Open()
    {
        var session = new ModuleSession();
        session.RunCleanly($"& '{Sample}'");
        return session;
    }

    private static string[] Texts(ModuleSession session, string line) => [.. session.RunCleanly(line).Select(o => o.ToString())];
}
