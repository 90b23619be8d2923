using System.IO;
using System.Linq;
using System.Text;
using Xunit;

namespace OciLayout.ModuleTests;

public class ReadTests
{
    private static readonly string LayerDigest = SampleLayout.Digest(SampleLayout.FirstLayer);

    [Fact]
    public void Manifest_is_parsed_and_keeps_its_text()
    {
        using var session = SampleLayout.Open();

        dynamic manifest = Assert.Single(session.RunCleanly("Get-OciManifest ./layout v2"));

        Assert.Equal(SampleLayout.V2, manifest.Json);
        Assert.Equal("application/x-two", manifest.ArtifactType);
        Assert.Equal(SampleLayout.Digest(SampleLayout.Config), manifest.Config.Digest.ToString());
        Assert.Equal(2, manifest.Layers.Length);
        Assert.Null(manifest.Subject);
        Assert.Equal(session.Directory["layout"], manifest.Layers[0].Store.Path);
    }

    [Theory]
    [InlineData("Get-OciManifest ./layout v1")]
    [InlineData("'v1' | Get-OciManifest ./layout")]
    [InlineData("Get-OciTag ./layout v1 | Get-OciManifest")]
    [InlineData("Get-OciManifest ./layout (Get-OciTag ./layout v1)")]
    [InlineData("Get-OciManifest -Reference (Get-OciTag ./layout v1)")]
    [InlineData("Get-OciManifest ./layout (Get-OciTag ./layout v1).Digest")]
    [InlineData("(Get-OciTag ./layout v1).Digest | Get-OciManifest ./layout")]
    [InlineData("(Get-OciTag ./layout v1).Digest.ToString().Substring(0, 16) | Get-OciManifest ./layout")]
    [InlineData("(Get-OciTag ./layout v1).Digest.Encoded.Substring(0, 7) | Get-OciManifest ./layout")]
    [InlineData("Get-OciStore ./layout | Get-OciManifest -Reference v1")]
    [InlineData("Get-OciDescriptor ./layout v1 | Get-OciManifest | Get-OciManifest")]
    public void Manifest_is_found_by_any_reference(string line)
    {
        using var session = SampleLayout.Open();
        Assert.Equal(SampleLayout.V1, session.RunCleanly($"({line}).Json").Single().ToString());
    }

    [Fact]
    public void A_tag_object_refers_to_the_content_at_its_listing()
    {
        using var session = SampleLayout.Open();
        Assert.Equal(SampleLayout.V1, session.RunCleanly("$t = Get-OciTag ./layout v1; Set-OciTag ./layout v1 -Reference v2; ($t | Get-OciManifest).Json")[0].ToString());
    }

    [Theory]
    [InlineData("Get-OciBlob ./layout $args[0] -AsString")]
    [InlineData("[Text.Encoding]::UTF8.GetString((Get-OciBlob ./layout $args[0]))")]
    [InlineData("[IO.StreamReader]::new((Get-OciBlob ./layout $args[0] -AsStream)).ReadToEnd()")]
    [InlineData("(Get-OciManifest ./layout v1).Layers | Get-OciBlob -AsString")]
    [InlineData("[IO.File]::ReadAllText((Get-OciBlob ./layout $args[0] ./out.txt))")]
    public void Blob_is_read(string line)
    {
        using var session = SampleLayout.Open();
        Assert.Equal(SampleLayout.FirstLayer, session.RunCleanly(line, LayerDigest).Single().ToString());
    }

    [Fact]
    public void Bytes_are_one_array()
    {
        using var session = SampleLayout.Open();
        var output = session.RunCleanly("Get-OciBlob ./layout $args[0]", LayerDigest);
        Assert.Equal(Encoding.UTF8.GetBytes(SampleLayout.FirstLayer), Assert.IsType<byte[]>(Assert.Single(output).BaseObject));
    }

    [Fact]
    public void Output_files_are_named_by_script_blocks_and_kept_without_Force()
    {
        using var session = SampleLayout.Open();
        const string Line = "(Get-OciManifest ./layout v2).Layers | Get-OciBlob -OutFile { \"./$($_.Digest.Encoded).bin\" }";

        var files = session.RunCleanly(Line);
        Assert.Equal([SampleLayout.FirstLayer, SampleLayout.SecondLayer], files.Select(f => File.ReadAllText(((FileInfo)f.BaseObject).FullName)));

        string first = ((FileInfo)files[0].BaseObject).FullName;
        File.WriteAllText(first, "mine");
        SessionResult again = session.Run(Line);
        Assert.Equal(["AlreadyExists", "AlreadyExists"], again.Errors.Select(e => e.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Equal("mine", File.ReadAllText(first));

        session.RunCleanly(Line + " -Force");
        Assert.Equal(SampleLayout.FirstLayer, File.ReadAllText(first));
        Assert.Equal(3, Directory.EnumerateFileSystemEntries(session.Directory.Path).Count());
    }

    [Theory]
    [InlineData("Get-OciBlob ./layout v1 ./no/dir.txt", "NotFound")]
    [InlineData("Get-OciBlob ./layout v1 ./layout", "InvalidPath")]
    [InlineData("Get-OciBlob ./layout v1 Env:x", "InvalidPath")]
    [InlineData("Get-OciBlob ./layout v1 -AsString -AsStream", "ConflictingOutput")]
    [InlineData("Get-OciBlob ./layout v1 ./x -AsString", "ConflictingOutput")]
    [InlineData("Get-OciBlob ./layout", "MissingReference")]
    [InlineData("Get-OciBlob ./layout sha256:0000000000000000000000000000000000000000000000000000000000000000", "NotFound")]
    [InlineData("Push-OciBlob ./layout -Value ([byte[]](255, 254)) | Get-OciBlob -AsString", "NotText")]
    [InlineData("Get-OciManifest ./layout (Get-OciManifest ./layout v1).Layers[0]", "UnsupportedMediaType")]
    [InlineData("Get-OciManifest ./layout nope", "NotFound")]
    [InlineData("Get-OciManifest ./layout ''", "MissingReference")]
    [InlineData("Get-OciManifest ./layout $null", "InvalidInput")]
    [InlineData("Get-OciManifest ./layout @()", "ParameterArgumentValidationError")]
    [InlineData("Copy-OciContent ./layout @() ./mirror", "ParameterArgumentValidationError")]
    [InlineData("Export-OciStore ./layout ./layout.tar -Reference @()", "ParameterArgumentValidationError")]
    [InlineData("$null | Get-OciManifest ./layout", "InvalidInput")]
    [InlineData("5 | Get-OciManifest ./layout", "NotFound")]
    [InlineData("1.5 | Get-OciManifest ./layout", "InvalidInput")]
    [InlineData("$true | Get-OciManifest ./layout", "InvalidInput")]
    [InlineData("Get-OciTag ./layout v1 | Get-OciManifest -Reference v2", "InvalidInput")]
    [InlineData("Get-OciManifest ./layout ./layout", "NotFound")]
    [InlineData("Test-OciContent ./layout sha256:XYZ", "InvalidDigest")]
    [InlineData("Test-OciContent ./layout", "MissingReference")]
    public void Unreadable_content_is_reported(string line, string id)
    {
        using var session = SampleLayout.Open();
        Assert.Equal(id, session.Run(line).ErrorId);
        Assert.Single(Directory.EnumerateFileSystemEntries(session.Directory.Path));
    }

    [Fact]
    public void Content_that_does_not_match_its_digest_is_not_emitted()
    {
        using var session = SampleLayout.Open();
        string file = SampleLayout.BlobFile(session, SampleLayout.FirstLayer);
        File.Delete(file);
        File.WriteAllText(file, "HELLO");

        Assert.Equal("DigestMismatch", session.Run("Get-OciBlob ./layout $args[0]", LayerDigest).ErrorId);
        Assert.Equal("DigestMismatch", session.Run("Get-OciBlob ./layout $args[0] ./out.txt", LayerDigest).ErrorId);
        Assert.Single(Directory.EnumerateFileSystemEntries(session.Directory.Path));
    }

    [Fact]
    public void Walk_emits_each_digest_once_with_depth_and_role()
    {
        using var session = SampleLayout.Open();

        var lines = session.RunCleanly("Get-OciReferrer ./layout v1 | Get-OciDescriptor -Recurse | ForEach-Object { \"$($_.Depth) $($_.Role) $_\" }");

        Assert.Equal("0 Root " + SampleLayout.Digest(SampleLayout.Attached), lines[0].ToString());
        Assert.Equal(
            [
                "1 Subject " + SampleLayout.Digest(SampleLayout.V1),
                "2 Config " + SampleLayout.Digest(SampleLayout.Config),
                "2 Layer " + LayerDigest,
                "1 Layer " + SampleLayout.Digest(SampleLayout.Sbom),
            ],
            lines.Skip(1).Select(l => l.ToString()));
    }

    [Fact]
    public void Without_a_reference_the_index_is_listed()
    {
        using var session = SampleLayout.Open();

        var entries = session.RunCleanly("Get-OciDescriptor ./layout");

        Assert.Equal(4, entries.Count);
        Assert.Equal(["latest", "v1", "v2"], entries.Select(e => ((dynamic)e).Annotations.TryGetValue("org.opencontainers.image.ref.name", out string tag) ? tag : null).Where(t => t is not null).Order());
        Assert.Equal(7, session.RunCleanly("Get-OciDescriptor ./layout -Recurse").Count);
    }

    [Fact]
    public void A_malformed_entry_is_reported_and_hides_nothing()
    {
        using var session = SampleLayout.Open();
        string index = Path.Combine(session.Directory["layout"], "index.json");
        File.WriteAllText(index, File.ReadAllText(index).Replace("\"manifests\":[", "\"manifests\":[{\"mediaType\":\"x\",\"digest\":\"sha256:nonsense\",\"size\":1},"));

        SessionResult result = session.Run("Get-OciDescriptor ./layout");

        Assert.Equal(4, result.Output.Count);
        Assert.Equal("InvalidDigest", result.ErrorId);
    }

    [Theory]
    [InlineData("Get-OciTag ./layout v1")]
    [InlineData("Get-OciDescriptor ./layout v1")]
    [InlineData("Get-OciManifest ./layout v1")]
    [InlineData("Measure-OciStore ./layout v1")]
    [InlineData("Compare-OciStore ./layout (New-OciStore ./empty) | Where-Object Tag -eq v1")]
    public void A_digest_converts_to_text_in_JSON(string line)
    {
        using var session = SampleLayout.Open();
        string digest = SampleLayout.Digest(SampleLayout.V1);
        var found = session.RunCleanly($"$d = ({line}).Digest; $d -is [string]; $d; $d.Algorithm; $d.Encoded; ([OciLayout.Digest]$d).IsVerifiable; $d -eq (Get-OciTag ./layout latest).Digest");
        Assert.Equal(["True", digest, "sha256", digest["sha256:".Length..], "True", "True"], found.Select(f => f.ToString()));
    }

    [Fact]
    public void Annotations_are_a_dictionary_of_text()
    {
        using var session = SampleLayout.Open();
        Assert.Equal("a=1", session.RunCleanly("Set-OciTag ./layout v1 -Reference v1 -Annotation @{ a = 1 }; \"$((Get-OciTag ./layout v1).Annotations)\"").Single().ToString());
        Assert.Equal("1", session.RunCleanly("(Get-OciTag ./layout v1).Annotations.a").Single().ToString());
        Assert.Equal("", session.RunCleanly("(Get-OciTag ./layout v2).Annotations.ToString()").Single().ToString());
    }

    [Fact]
    public void A_walk_with_All_emits_all_content_of_every_image()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("New-OciIndex ./layout v1, v2 -Platform linux/amd64, linux/arm64 -Tag multi");

        // v1 has one layer, v2 has that one and another; both have the same config.
        Assert.Equal("Root Manifest Config Layer Manifest Layer", string.Join(' ', session.RunCleanly("(Get-OciDescriptor ./layout multi -Recurse).Role")));
        Assert.Equal("Root Manifest Config Layer Manifest Config Layer Layer", string.Join(' ', session.RunCleanly("(Get-OciDescriptor ./layout multi -Recurse -All).Role")));
        Assert.Equal("MissingRecurse", session.Run("Get-OciDescriptor ./layout multi -All").ErrorId);
    }

    [Theory]
    [InlineData("Get-OciReferrer ./layout v1", SampleLayout.SbomType)]
    [InlineData("Get-OciReferrer ./layout v1 -ArtifactType application/spdx+json", SampleLayout.SbomType)]
    [InlineData("Get-OciReferrer ./layout v1 -ArtifactType application/other", "")]
    [InlineData("Get-OciReferrer ./layout v1 -ArtifactType spdx+json", SampleLayout.SbomType)]
    [InlineData("Get-OciReferrer ./layout v1 -ArtifactType *spdx*", SampleLayout.SbomType)]
    [InlineData("Get-OciReferrer ./layout v1 -ArtifactType other, Application/SPDX+json", SampleLayout.SbomType)]
    [InlineData("Get-OciReferrer ./layout v1 -ArtifactType spdx", "")]
    [InlineData("Get-OciReferrer ./layout v2", "")]
    [InlineData("Get-OciReferrer ./layout sha256:0000000000000000000000000000000000000000000000000000000000000000", "")]
    [InlineData("Get-OciTag ./layout latest | Get-OciReferrer", SampleLayout.SbomType)]
    public void Referrers_are_found(string line, string types)
    {
        using var session = SampleLayout.Open();
        Assert.Equal(types, string.Join(' ', session.RunCleanly($"({line}).ArtifactType").Select(t => t?.ToString())));
    }

    [Fact]
    public void Predecessors_are_found()
    {
        using var session = SampleLayout.Open();
        Assert.Equal(
            new[] { SampleLayout.Digest(SampleLayout.V1), SampleLayout.Digest(SampleLayout.V2) }.Order(),
            session.RunCleanly("(Get-OciManifest ./layout v1).Layers | Get-OciPredecessor").Select(d => d.ToString()).Order());
    }

    [Theory]
    [InlineData("Test-OciContent ./layout $args[0]", "True")]
    [InlineData("Test-OciContent ./layout v1, nope, latest", "True False True")]
    [InlineData("Test-OciContent ./layout $args[0].Substring(0, 19), $args[0].Substring(7, 9), 0000000", "True True False")]
    [InlineData("$args | Test-OciContent ./layout", "True")]
    [InlineData("Get-OciManifest ./layout v1 | Test-OciContent", "True")]
    [InlineData("Get-OciManifest ./layout v1 | Test-OciContent ./other", "False")]
    [InlineData("Test-OciContent ./layout $args[0], sha256:0000000000000000000000000000000000000000000000000000000000000000", "True False")]
    public void Existence_is_tested_in_the_given_store(string line, string expected)
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("New-OciStore ./other");
        Assert.Equal(expected, string.Join(' ', session.RunCleanly(line, LayerDigest)));
    }
}
