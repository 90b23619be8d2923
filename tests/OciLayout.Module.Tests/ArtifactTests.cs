using System.IO;
using System.Linq;
using Xunit;

namespace OciLayout.ModuleTests;

public class ArtifactTests
{
    [Theory]
    [InlineData("New-OciArtifact ./layout ./out/* -ArtifactType application/x-app -Tag 1.2.3")]
    [InlineData("[IO.FileInfo[]](\"$PWD/out/[a].txt\", \"$PWD/out/b.json\") | ForEach-Object { [pscustomobject]@{ PSPath = $_.FullName } } | New-OciArtifact ./layout -ArtifactType application/x-app -Tag 1.2.3")]
    public void Files_are_packed_and_unpacked(string line)
    {
        using var session = SampleLayout.Open();
        MakeFiles(session);

        dynamic artifact = Assert.Single(session.RunCleanly(line));

        Assert.Equal("application/x-app", artifact.ArtifactType);
        dynamic manifest = Assert.Single(session.RunCleanly("Get-OciManifest ./layout 1.2.3"));
        Assert.Equal(["text/plain", "application/json"], ((System.Collections.IEnumerable)manifest.Layers).Cast<dynamic>().Select(l => (string)l.MediaType));
        Assert.Equal("[a].txt", manifest.Layers[0].Annotations["org.opencontainers.image.title"]);
        var files = session.RunCleanly("Expand-OciArtifact ./layout 1.2.3 ./restored -PassThru").Select(f => (FileInfo)f.BaseObject).ToList();
        Assert.Equal(["[a].txt", "b.json"], files.Select(f => f.Name));
        Assert.Equal("first", File.ReadAllText(files[0].FullName));
    }

    [Fact]
    public void Sbom_is_attached()
    {
        using var session = SampleLayout.Open();
        MakeFiles(session);
        session.RunCleanly("New-OciArtifact ./layout ./out/b.json -ArtifactType application/x-sbom -Subject v2");
        Assert.Equal("application/x-sbom", session.RunCleanly("(Get-OciReferrer ./layout v2).ArtifactType").Single().ToString());
        Assert.Equal(["latest", "v1", "v2"], session.RunCleanly("(Get-OciTag ./layout).Tag").Select(t => t.ToString()));
    }

    [Theory]
    [InlineData("[pscustomobject]@{ PSPath = './nope' } | New-OciArtifact ./layout -ArtifactType a/b -Tag x", "NotFound")]
    [InlineData("New-OciArtifact ./layout ./out/b.json, ./nope -ArtifactType a/b -Tag x", "NotFound")]
    [InlineData("New-OciArtifact ./layout ./out/b.json -Tag x", "InvalidManifest")]
    [InlineData("New-OciArtifact ./layout ./out/b.json -ArtifactType a/b -Subject nope -Tag x", "NotFound")]
    [InlineData("New-OciArtifact ./layout ./out/b.json -ArtifactType a/b -Config ./out/nope -Tag x", "NotFound")]
    [InlineData("New-OciArtifact ./layout ./out/b.json, ./out/b.json -ArtifactType a/b -Tag x", "AlreadyExists")]
    [InlineData("New-OciArtifact ./layout ./out/b.json -ArtifactType a/b -Tag 'no good'", "InvalidReference")]
    public void Failed_command_creates_no_artifact(string line, string id)
    {
        using var session = SampleLayout.Open();
        MakeFiles(session);
        AssertRefused(session, line, id);
    }

    [Theory]
    [InlineData("New-OciArtifact ./layout $undefined -ArtifactType a/b -Tag v1", "MissingPath")]
    [InlineData("New-OciArtifact ./layout @() -ArtifactType a/b -Tag v1", "MissingPath")]
    [InlineData("New-OciArtifact ./layout -Path @() -ArtifactType a/b -Tag v1", "MissingPath")]
    [InlineData("New-OciArtifact ./layout -LiteralPath $null -ArtifactType a/b -Tag v1", "MissingPath")]
    [InlineData("New-OciArtifact ./layout @($null) -ArtifactType a/b -Tag v1", "InvalidPath")]
    [InlineData("New-OciArtifact ./layout ./out/b.json -ArtifactType a/b -Tag v1 -Subject $undefined", "InvalidInput")]
    [InlineData("New-OciArtifact ./layout ./out/b.json -ArtifactType a/b -Tag v1 -Config $undefined", "InvalidInput")]
    [InlineData("New-OciArtifact ./layout ./out/b.json -ArtifactType a/b -Tag v1 -Root $undefined", "InvalidPath")]
    [InlineData("New-OciArtifact ./layout '' -ArtifactType a/b -Tag v1", "InvalidPath")]
    [InlineData("New-OciArtifact ./layout ./out/*.zip -ArtifactType a/b -Tag v1", "NotFound")]
    [InlineData("New-OciArtifact ./layout ./out/b.json, ./out/*.zip -ArtifactType a/b -Tag v1", "NotFound")]
    public void Path_without_a_file_is_an_error_and_moves_no_tag(string line, string id)
    {
        using var session = SampleLayout.Open();
        MakeFiles(session);
        AssertRefused(session, line, id);
    }

    [Fact]
    public void Artifact_without_files_is_created_and_unpacked()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("New-OciArtifact ./layout -ArtifactType a/b -Tag mark");
        Assert.Empty(session.RunCleanly("Expand-OciArtifact ./layout mark ./restored -PassThru"));
    }

    [Theory]
    [InlineData("New-OciArtifact ./layout ./out/b.json -ArtifactType type", "InvalidMediaType")]
    [InlineData("New-OciArtifact ./layout ./out/b.json -ArtifactType a/b -MediaType 'no type'", "InvalidMediaType")]
    [InlineData("New-OciArtifact ./layout ./out/b.json -ArtifactType a/b -Annotation @{ 'org.opencontainers.image.created' = 'yesterday' }", "InvalidManifest")]
    [InlineData("New-OciIndex ./layout v1 -Platform linux/amd64 -Annotation @{ 'org.opencontainers.image.created' = 'yesterday' }", "InvalidManifest")]
    [InlineData("Push-OciBlob ./layout -Value x -MediaType a/b/c", "InvalidMediaType")]
    [InlineData("New-OciArtifact ./layout ./out/b.json -ArtifactType a/b -Root ./layout", "InvalidPath")]
    public void Types_dates_and_roots_are_checked_before_anything_is_stored(string line, string id)
    {
        using var session = SampleLayout.Open();
        MakeFiles(session);
        AssertRefused(session, line, id);
    }

    [Fact]
    public void Date_object_is_written_as_the_specification_requires()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("New-OciArtifact ./layout -ArtifactType a/b -Tag x -Annotation @{ 'org.opencontainers.image.created' = [datetime]::new(2026, 1, 31, 12, 0, 0, [DateTimeKind]::Utc) }");
        Assert.Equal("2026-01-31T12:00:00Z", session.RunCleanly("(Get-OciManifest ./layout x).Annotations['org.opencontainers.image.created']").Single().ToString());
    }

    [Fact]
    public void Root_keeps_the_paths_of_files()
    {
        using var session = SampleLayout.Open();
        MakeFiles(session);
        Directory.CreateDirectory(session.Directory["out/sub"]);
        File.WriteAllText(session.Directory["out/sub/b.json"], "[]");
        session.RunCleanly("[IO.Directory]::GetFiles(\"$PWD/out\", '*', 1) | ForEach-Object { [pscustomobject]@{ PSPath = $_ } } | New-OciArtifact ./layout -Root ./out -ArtifactType a/b -Tag x");
        session.RunCleanly("Expand-OciArtifact ./layout x ./restored");
        Assert.Equal("[]", File.ReadAllText(session.Directory["restored/sub/b.json"]));
        Assert.Equal("{}", File.ReadAllText(session.Directory["restored/b.json"]));
    }

    [Theory]
    [InlineData("[IO.Directory]::GetFiles(\"$PWD/out\", '*', 1)")]
    [InlineData("[IO.Directory]::GetFileSystemEntries(\"$PWD/out\", '*', 1)")] // with the directory out/sub
    public void Piped_files_of_several_directories_keep_their_tree(string list)
    {
        using var session = SampleLayout.Open();
        MakeFiles(session);
        Directory.CreateDirectory(session.Directory["out/sub"]);
        File.WriteAllText(session.Directory["out/sub/b.json"], "[]");
        session.RunCleanly(list + " | ForEach-Object { [pscustomobject]@{ PSPath = $_ } } | New-OciArtifact ./layout -ArtifactType a/b -Tag x; Expand-OciArtifact ./layout x ./restored");
        Assert.Equal("[]", File.ReadAllText(session.Directory["restored/sub/b.json"]));
        Assert.Equal("{}", File.ReadAllText(session.Directory["restored/b.json"]));
    }

    [Fact]
    public void Artifact_over_the_limit_is_refused_with_the_parameter_that_raises_it()
    {
        using var session = SampleLayout.Open();
        MakeFiles(session);
        session.RunCleanly("New-OciArtifact ./layout ./out/* -ArtifactType a/b -Tag x");
        var refused = session.Run("try { Expand-OciArtifact ./layout x ./restored -MaximumSize 3 -ErrorAction Stop } catch { $_.FullyQualifiedErrorId; $_.ErrorDetails.RecommendedAction }");
        Assert.StartsWith("SizeLimitExceeded", refused.Output[0].ToString(), System.StringComparison.Ordinal);
        Assert.Contains("-MaximumSize", refused.Output[1].ToString(), System.StringComparison.Ordinal);
        Assert.False(Directory.Exists(session.Directory["restored"]));
        session.RunCleanly("Expand-OciArtifact ./layout x ./restored -MaximumSize 10MB");
    }

    [Theory]
    [InlineData("@() | New-OciArtifact ./layout -ArtifactType a/b -Tag x")]
    public void Empty_pipeline_packs_nothing_and_warns(string line)
    {
        using var session = SampleLayout.Open();
        MakeFiles(session);
        var index = SampleLayout.Index(session);
        var result = session.Run(line).AssertNoErrors();
        Assert.Single(result.Warnings);
        Assert.Empty(result.Output);
        Assert.Equal(index, SampleLayout.Index(session));
    }

    [Fact]
    public void Config_is_a_file_or_typed_content()
    {
        using var session = SampleLayout.Open();
        MakeFiles(session);
        session.RunCleanly("New-OciArtifact ./layout -ArtifactType a/b -Config ./out/b.json -Tag file; New-OciArtifact ./layout -Config ('{}' | Push-OciBlob ./layout -MediaType a/config) -Tag typed");
        Assert.Equal("application/vnd.unknown.config.v1+json", session.RunCleanly("(Get-OciManifest ./layout file).Config.MediaType").Single().ToString());
        Assert.Equal("a/config", session.RunCleanly("(Get-OciManifest ./layout typed).Config.MediaType").Single().ToString());
    }

    [Fact]
    public void Existing_files_are_kept_without_Force()
    {
        using var session = SampleLayout.Open();
        MakeFiles(session);
        session.RunCleanly("New-OciArtifact ./layout ./out/* -ArtifactType a/b -Tag x");
        Directory.CreateDirectory(session.Directory["restored"]);
        File.WriteAllText(session.Directory["restored/b.json"], "mine");

        var refused = session.Run("Get-OciTag ./layout x | Expand-OciArtifact -Destination ./restored");
        Assert.Equal("AlreadyExists", refused.ErrorId);
        Assert.Equal(["b.json"], Directory.EnumerateFileSystemEntries(session.Directory["restored"]).Select(Path.GetFileName));

        Assert.Equal(2, session.RunCleanly("Get-OciTag ./layout x | Expand-OciArtifact -Destination ./restored -Force -PassThru").Count);
        Assert.Equal("{}", File.ReadAllText(session.Directory["restored/b.json"]));
    }

    [Fact]
    public void WhatIf_reports_files_to_pack_and_to_write()
    {
        using var session = SampleLayout.Open();
        MakeFiles(session);
        Assert.Contains("[a].txt, b.json", Assert.Single(session.Run("New-OciArtifact ./layout ./out/* -ArtifactType a/b -Tag x -WhatIf").WhatIf));
        Assert.Empty(session.Run("Get-OciTag ./layout x").Output);
        session.RunCleanly("New-OciArtifact ./layout ./out/* -ArtifactType a/b -Tag x");
        Assert.Equal(3, session.Run("Expand-OciArtifact ./layout x ./restored -WhatIf").WhatIf.Count);
        Assert.False(Directory.Exists(session.Directory["restored"]));
    }

    [Theory]
    [InlineData("Get-OciTag ./layout v1 | Expand-OciArtifact", "MissingDestination")]
    [InlineData("Expand-OciArtifact ./layout all ./restored", "UnsupportedMediaType")]
    [InlineData("Expand-OciArtifact ./layout v1 ./layout/index.json -Force", "InvalidPath")]
    public void Invalid_arguments_are_reported(string line, string id)
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("New-OciIndex ./layout v1 -Platform linux/amd64 -Tag all");
        Assert.Equal(id, session.Run(line).ErrorId);
    }

    private static void AssertRefused(ModuleSession session, string line, string id)
    {
        var index = SampleLayout.Index(session);
        Assert.Equal(id, session.Run(line).ErrorId);
        Assert.Equal(index, SampleLayout.Index(session));
    }

    private static void MakeFiles(ModuleSession session)
    {
        Directory.CreateDirectory(session.Directory["out"]);
        File.WriteAllText(session.Directory["out/[a].txt"], "first");
        File.WriteAllText(session.Directory["out/b.json"], "{}");
    }
}
