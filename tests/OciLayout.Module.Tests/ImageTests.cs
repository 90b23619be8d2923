using System;
using System.IO;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests the cmdlets that read images, on the sample of the help and on layouts of other tools.</summary>
public class ImageTests
{
    private static readonly string Sample = Path.Combine(Repository.Root, "docs", "examples", "sample.ps1");

    [Fact]
    public void Index_gives_one_object_for_each_image()
    {
        using var session = Open();
        Assert.Equal(
            ["app linux/amd64 2026-01-01 /app/run MODE=test 1.4.2 2 2", "app linux/arm64 2026-01-01 /app/run MODE=test 1.4.2 2 2"],
            Texts(session, """
                Get-OciImage ./layout app | ForEach-Object {
                    "$($_.Tag) $($_.Platform) $($_.Created.ToString('yyyy-MM-dd')) $($_.Entrypoint) MODE=$($_.Environment.MODE) $($_.Labels.'org.opencontainers.image.version') $($_.Layers.Count) $($_.History.Count)"
                }
                """));
    }

    [Fact]
    public void History_names_the_layer_of_each_step()
    {
        using var session = Open();
        Assert.Equal(["True"], Texts(session, "$i = Get-OciImage ./layout app -Platform linux/amd64; \"$(\"$($i.History.Layer)\" -eq \"$($i.Layers.Digest)\")\""));
    }

    [Theory]
    [InlineData("Get-OciImage ./layout app | Copy-OciContent -Destination ./mirror -PassThru", 2)]
    [InlineData("Get-OciImage ./layout app | Get-OciManifest", 2)]
    [InlineData("(Get-OciImage ./layout app -Platform linux/amd64).Layers | Get-OciBlob -OutFile { \"$PWD/$($_.Digest.Encoded)\" }", 2)]
    [InlineData("(Get-OciImage ./layout app -Platform linux/amd64).Config | Get-OciBlob -AsString | ConvertFrom-Json", 1)]
    [InlineData("Get-OciImage ./layout app | ConvertTo-Json -Depth 2 | ConvertFrom-Json | ForEach-Object { $_ } | Get-OciImage ./layout", 2)]
    public void Images_and_their_parts_pipe_into_other_cmdlets(string line, int count)
    {
        using var session = Open();
        Assert.Equal(count, session.RunCleanly(line).Count);
    }

    [Fact]
    public void Image_of_a_tag_is_untagged_by_the_pipeline_and_a_member_of_an_index_is_not()
    {
        using var session = Open();
        session.RunCleanly("$null = Get-OciImage ./layout app -Platform linux/amd64 | Set-OciTag single");
        session.RunCleanly("Get-OciImage ./layout single | Remove-OciTag");
        Assert.Empty(session.RunCleanly("Get-OciTag ./layout sing*"));

        var result = session.Run("Get-OciImage ./layout app | Remove-OciTag");
        Assert.Equal(2, result.AllErrors.Count());
        Assert.Single(session.RunCleanly("Get-OciTag ./layout app"));
    }

    [Theory]
    [InlineData("Get-OciImage ./layout v1", "UnsupportedMediaType", "Get-OciManifest")]
    [InlineData("Get-OciImage ./layout nope", "NotFound", "Get-OciTag")]
    [InlineData("Get-OciImage ./layout app -Platform linux/riscv64", "NotFound", "linux/arm64")]
    public void Errors_name_the_next_step(string line, string id, string advice)
    {
        using var session = Open();
        var error = Assert.Single(session.Run(line).AllErrors);
        Assert.Equal(id, error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains(advice, error.ErrorDetails.RecommendedAction + error.ErrorDetails.Message, StringComparison.Ordinal);
    }

    private static ModuleSession Open()
    {
        var session = new ModuleSession();
        session.RunCleanly("& $args[0]", Sample);
        return session;
    }

    private static string[] Texts(ModuleSession session, string script) => [.. session.RunCleanly(script).Select(o => o.ToString())];
}
