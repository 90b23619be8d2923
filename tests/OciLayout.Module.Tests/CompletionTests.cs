using System.Linq;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests the completions of the Tab key, as TabExpansion2 returns them.</summary>
public class CompletionTests
{
    private static readonly string V1 = SampleLayout.Digest(SampleLayout.V1);

    private static string[] Complete(ModuleSession session, string line) =>
        [.. session.Complete(line).Select(c => c.CompletionText)];

    [Theory]
    [InlineData("Get-OciTag ./layout ", "latest v1 v2")]
    [InlineData("Get-OciTag ./layout V", "v1 v2")]
    [InlineData("Get-OciTag ./layout *1", "v1")]
    [InlineData("Get-OciTag ./layout v1, l", "latest")]
    [InlineData("Get-OciTag ./layout 'v", "'v1' 'v2'")]
    [InlineData("Get-OciTag ./layout \"v", "'v1' 'v2'")]
    [InlineData("Get-OciTag -Store $s -Tag l", "latest")]
    [InlineData("Get-OciTag $s.Path l", "latest")]
    [InlineData("Get-OciTag ./layout -After v", "v1 v2")]
    [InlineData("Remove-OciTag ./layout l", "latest")]
    [InlineData("Set-OciTag ./layout x -Reference l", "latest")]
    [InlineData("Set-OciTag -Store ./layout -Tag l", "latest")]
    [InlineData("Push-OciManifest ./layout ./x.json -Tag l", "latest")]
    [InlineData("Get-OciManifest ./layout l", "latest")]
    [InlineData("Remove-OciContent ./layout l", "latest")]
    public void Tags_are_offered_from_the_store_on_the_line(string line, string expected)
    {
        using var session = SampleLayout.Open();
        Assert.Equal(expected, string.Join(' ', Complete(session, line)));
    }

    [Theory]
    [InlineData("Get-OciTag ", "./layout ./other.tar ./sub")]
    [InlineData("Copy-OciContent ./layout v1 -Destination ./l", "./layout")]
    [InlineData("Compare-OciStore ./layout ./o", "./other.tar")]
    [InlineData("Invoke-OciGC ./layout -MinimumAge 7", "'7d'")]
    [InlineData("New-OciIndex ./layout v1 -Platform linux/", "linux/amd64 linux/arm/v7 linux/arm64")]
    [InlineData("Sync-OciRepository ./layout ./gap -Include ", "latest v1 v2")]
    [InlineData("Sync-OciRepository -Source ./layout, ./sub -Destination ./gap -Exclude l", "latest")]
    [InlineData("Get-OciTag ./layout nope", "")]
    [InlineData("Get-OciTag ./layout v1 | Set-OciTag l", "latest")]
    [InlineData("Get-OciTag ./layout v1 | Get-OciReferrer -ArtifactType ", "application/spdx+json application/x-one application/x-two")]
    [InlineData("Get-OciTag $s v1 | Get-OciReferrer -ArtifactType ", "application/spdx+json application/x-one application/x-two")]
    public void Files_are_not_offered_where_they_do_not_fit(string line, string expected)
    {
        using var session = SampleLayout.Open();
        session.Directory.NewFile("file.txt", "x"u8);
        session.Directory.NewFile("other.tar", "x"u8);
        session.Directory.NewDirectory("sub");
        Assert.Equal(expected, string.Join(' ', Complete(session, line)));
    }

    [Theory]
    [InlineData("Sync-OciRepository -Source o")]
    [InlineData("Copy-OciContent ./layout -Destination oci:/")]
    public void The_scheme_of_registries_is_completed(string line)
    {
        using var session = SampleLayout.Open();
        Assert.Equal("oci://", Complete(session, line)[0]); // other tests of this process may use registries
    }

    [Theory]
    [InlineData("$PSDefaultParameterValues['*-Oci*:Store'] = './layout'")]
    [InlineData("$PSDefaultParameterValues['get-ocitag:store'] = $s")]
    [InlineData("$null = $ExecutionContext.SessionState.Path.SetLocation('layout')")]
    [InlineData("$PSDefaultParameterValues['Get-OciTag:Store'] = './layout'; $PSDefaultParameterValues['Set-OciTag:Store'] = './nowhere'")]
    public void Completion_uses_the_default_store(string first)
    {
        using var session = SampleLayout.Open();
        session.RunCleanly(first);
        Assert.Equal(["latest"], Complete(session, "Get-OciTag -Tag l"));
    }

    [Fact]
    public void References_complete_to_tags_then_digests()
    {
        using var session = SampleLayout.Open();
        string[] found = Complete(session, "Get-OciDescriptor ./layout ");
        Assert.Equal(["latest", "v1", "v2"], found.Take(3));
        Assert.Equal(3, found.Skip(3).Count());
        Assert.Contains(V1, found.Skip(3));

        string digits = V1["sha256:".Length..][..9];
        Assert.Equal([V1], Complete(session, $"Get-OciDescriptor ./layout sha256:{digits}"));
        Assert.Equal([$"'{V1}'"], Complete(session, $"Get-OciDescriptor ./layout '{digits}"));
        Assert.Contains(V1, Complete(session, "Test-OciContent ./layout sha"));
    }

    [Fact]
    public void Types_complete_to_those_of_the_specification_and_the_store()
    {
        using var session = SampleLayout.Open();
        Assert.Equal([SampleLayout.SbomType], Complete(session, "Get-OciReferrer ./layout v1 -ArtifactType "));
        Assert.Equal([SampleLayout.ImageManifest], Complete(session, "Push-OciManifest ./layout ./x -MediaType *oci*manifest"));
        Assert.Contains("application/vnd.oci.image.layer.v1.tar+gzip", Complete(session, "Push-OciBlob ./layout ./x -MediaType application/vnd.oci.image.l"));
        Assert.Equal(["Sha256", "Sha384", "Sha512"], Complete(session, "Push-OciBlob ./layout ./x -Algorithm "));
    }

    [Theory]
    [InlineData("1.10", "'1.10'")]
    [InlineData("007", "'007'")]
    [InlineData("1.2.3", "1.2.3")]
    [InlineData("a@b", "'a@b'")]
    [InlineData("a/b:c", "a/b:c")]
    public void Completions_are_quoted_where_needed(string tag, string written)
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("Set-OciTag ./layout $args[0] -Reference v1", tag);
        string completed = Assert.Single(Complete(session, $"Get-OciTag ./layout {tag[..2]}"));
        Assert.Equal(written, completed);
        Assert.Equal(tag, session.RunCleanly($"(Get-OciTag ./layout {completed}).Tag").Single().ToString());
    }

    [Theory]
    [InlineData("Get-OciTag ./nowhere v")]
    [InlineData("Get-OciTag -Tag v")]
    [InlineData("Get-OciTag Env: v")]
    [InlineData("Get-OciReferrer ./layout nope -ArtifactType v")]
    public void Completion_of_an_invalid_store_is_empty(string line)
    {
        using var session = SampleLayout.Open();
        Assert.DoesNotContain(Complete(session, line), c => c is "v1" or "v2");
        Assert.Empty(session.RunCleanly("$Error"));
    }
}
