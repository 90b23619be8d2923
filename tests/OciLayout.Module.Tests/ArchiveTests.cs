using System;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Threading.Tasks;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests Export-OciStore, Import-OciStore, and archives as stores.</summary>
public class ArchiveTests
{
    [Fact]
    public void Archive_works_as_a_store_for_reading_cmdlets()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("$null = Export-OciStore ./layout ./layout.tar; $t = Get-OciStore ./layout.tar");

        Assert.Equal("True 3", session.RunCleanly("\"$($t.ReadOnly) $($t.TagCount)\"").Single().ToString());
        foreach (string line in new[]
        {
            "Get-OciTag {0}", "Get-OciTag {0} v* | Get-OciManifest", "Get-OciDescriptor {0}", "Get-OciDescriptor {0} v1 -Recurse",
            "Get-OciReferrer {0} v1", "(Get-OciManifest {0} v1).Layers | Get-OciBlob -AsString", "Get-OciPredecessor {0} {1}",
            "Test-OciContent {0} {1}", "Get-OciTag -Store {0} -After latest", "Invoke-OciGC {0} -PlanOnly",
        })
        {
            string Text(string store) => string.Join('\n', session.RunCleanly(
                string.Format(System.Globalization.CultureInfo.InvariantCulture, line, store, SampleLayout.Digest(SampleLayout.FirstLayer))).Select(o => o.ToString()));
            string expected = Text("./layout");
            Assert.NotEmpty(expected);
            Assert.Equal(expected, Text("./layout.tar"));
            Assert.Equal(expected, Text("$t"));
        }

        Assert.Equal("v1 v2", string.Join(' ', session.Complete("Get-OciTag ./layout.tar v").Select(c => c.CompletionText)));
    }

    [Theory]
    [InlineData("'x' | Push-OciBlob ./layout.tar")]
    [InlineData("Push-OciManifest ./layout.tar -Value '{\"manifests\":[]}'")]
    [InlineData("Set-OciTag ./layout.tar new -Reference v1")]
    [InlineData("Remove-OciTag ./layout.tar v1")]
    [InlineData("Remove-OciContent ./layout.tar v1 -Force")]
    [InlineData("Invoke-OciGC ./layout.tar")]
    [InlineData("Import-OciStore ./layout.tar ./layout.tar")]
    public void Changes_of_an_archive_are_refused(string line)
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("$null = Export-OciStore ./layout ./layout.tar");
        byte[] before = File.ReadAllBytes(session.Directory["layout.tar"]);

        Assert.All(session.Run(line).AllErrors, e => Assert.StartsWith("ReadOnlyStore", e.FullyQualifiedErrorId, StringComparison.Ordinal));

        Assert.Equal(before, File.ReadAllBytes(session.Directory["layout.tar"]));
    }

    [Fact]
    public void Compressed_archive_is_refused_as_a_store_with_advice()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("$null = Export-OciStore ./layout ./layout.tar.gz");

        var result = session.Run("Get-OciTag ./layout.tar.gz");

        Assert.Equal("InvalidArchive", result.ErrorId);
        Assert.Contains("Import-OciStore", result.AllErrors.Single().ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal("InvalidArchive", session.Run("Get-OciStore ./layout.tar.gz").ErrorId);
    }

    [Fact]
    public void Export_emits_the_file_and_import_creates_the_store()
    {
        using var session = SampleLayout.Open();

        var file = Assert.IsType<FileInfo>(Assert.Single(session.RunCleanly("Export-OciStore ./layout ./layout.tar.gz")).BaseObject);
        Assert.True(file.Exists);
        Assert.Empty(session.RunCleanly("Import-OciStore ./layout.tar.gz ./again"));

        Assert.Equal(["latest", "v1", "v2"], session.RunCleanly("(Get-OciTag ./again).Tag").Select(t => t.ToString()));
        Assert.Equal(session.RunCleanly("(Get-OciTag ./layout).Digest").Select(d => d.ToString()), session.RunCleanly("(Get-OciTag ./again).Digest").Select(d => d.ToString()));
    }

    [Fact]
    public void WhatIf_of_an_export_reports_content_and_size_and_writes_nothing()
    {
        using var session = SampleLayout.Open();

        var result = session.Run("Export-OciStore ./layout ./layout.tar -Reference v1 -WhatIf").AssertNoErrors();

        Assert.Contains("Write 3 blobs (", Assert.Single(result.WhatIf), StringComparison.Ordinal);
        Assert.False(File.Exists(session.Directory["layout.tar"]));
    }

    [Theory]
    [InlineData("Export-OciStore ./layout './[x] y.tar'", "[x] y.tar")]
    [InlineData("(Get-OciManifest ./layout v1).Layers[0] | Get-OciBlob -OutFile './[x] y.bin'", "[x] y.bin")]
    public void Written_files_are_emitted_as_by_Get_Item(string line, string name)
    {
        using var session = SampleLayout.Open();
        PSObject file = session.RunCleanly(line).Single();
        Assert.IsType<FileInfo>(file.BaseObject);
        Assert.Equal(name, file.Properties["PSChildName"]?.Value);
    }

    [Fact]
    public void WhatIf_of_an_import_creates_no_store()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("$null = Export-OciStore ./layout ./layout.tar");

        Assert.StartsWith("Import ", session.Run("Import-OciStore ./layout.tar ./again -WhatIf").AssertNoErrors().WhatIf[0], StringComparison.Ordinal);

        Assert.False(Directory.Exists(session.Directory["again"]));
    }

    [Theory]
    [InlineData("\"Tag\",\"Digest\"\n\"v1\",\"{0}\"\n")]
    [InlineData("[{{\"Tag\":\"v1\",\"Digest\":\"{0}\"}}]")]
    [InlineData("# sent on Monday\n{0} v1\n")]
    public void Content_of_any_digest_list_is_excluded(string list)
    {
        using var session = SampleLayout.Open();
        string digest = session.RunCleanly("(Get-OciTag ./layout v1).Digest.ToString()").Single().ToString()!;
        File.WriteAllText(session.Directory["plain.txt"], digest);
        File.WriteAllText(session.Directory["sent"], string.Format(System.Globalization.CultureInfo.InvariantCulture, list, digest));

        session.RunCleanly("$null = Export-OciStore ./layout ./plain.tar -Exclude ./plain.txt; $null = Export-OciStore ./layout ./delta.tar -Exclude ./sent; $null = Export-OciStore ./layout ./all.tar");

        Assert.Equal(File.ReadAllBytes(session.Directory["plain.tar"]), File.ReadAllBytes(session.Directory["delta.tar"]));
        Assert.True(new FileInfo(session.Directory["delta.tar"]).Length < new FileInfo(session.Directory["all.tar"]).Length);
    }

    [Theory]
    [InlineData("Export-OciStore ./layout", "MissingDestination")]
    [InlineData("Export-OciStore ./nowhere ./x.tar", "NotFound")]
    [InlineData("Export-OciStore -Destination ./x.tar", "MissingStore")]
    [InlineData("Export-OciStore ./layout ./no/such/x.tar", "NotFound")]
    [InlineData("Export-OciStore ./layout ./there.txt", "AlreadyExists")]
    [InlineData("Export-OciStore ./layout ./layout", "InvalidPath")]
    [InlineData("Export-OciStore ./layout ./x.tar -Reference nope", "NotFound")]
    [InlineData("Export-OciStore ./layout ./x.tar -Exclude ./nowhere", "NotFound")]
    [InlineData("Export-OciStore ./layout ./x.tar -Exclude ./there.txt", "InvalidList")]
    [InlineData("Export-OciStore ./layout ./x.tar -Exclude ./layout -DockerCompatible", "ConflictingParameters")]
    [InlineData("Export-OciStore ./layout ./x.tar -DockerCompatible", "UnsupportedMediaType")]
    [InlineData("Get-OciTag ./layout v1 | Export-OciStore -Destination ./x.tar -Reference v2", "InvalidInput")]
    [InlineData("$null = New-OciStore ./other; (Get-OciTag ./layout v1), (Get-OciStore ./other) | Export-OciStore -Destination ./x.tar -ErrorAction Stop", "OneInputOnly")]
    [InlineData("Export-OciStore ./layout ./x.tar -Reference nope*", "NotFound")]
    [InlineData("Export-OciStore ./layout ./x.ZIP", "UnsupportedFormat")]
    [InlineData("Export-OciStore ./layout ./x.tar -RepositoryName app", "ConflictingParameters")]
    [InlineData("$t = Get-OciTag ./layout latest; Set-OciTag ./layout latest -Reference v2; Export-OciStore ./layout ./x.tar -Reference $t", "TagMoved")]
    [InlineData("$null = New-OciStore ./other; Export-OciStore ./other ./x.tar -Reference (Get-OciTag ./layout v1)", "StoreMismatch")]
    [InlineData("Import-OciStore", "MissingPath")]
    [InlineData("Import-OciStore ./nowhere.tar ./again", "NotFound")]
    [InlineData("Import-OciStore ./there.txt ./again", "InvalidArchive")]
    [InlineData("Import-OciStore ./layout ./again", "InvalidArchive")]
    [InlineData("$null | Import-OciStore -Store ./again", "InvalidInput")]
    [InlineData("Import-OciStore ./there.tar", "MissingStore")]
    public void Invalid_arguments_have_error_ids_and_leave_no_file(string line, string id)
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("$null = Export-OciStore ./layout ./there.tar; [IO.File]::WriteAllText(\"$PWD/there.txt\", 'mine')");

        Assert.Equal(id, session.Run(line).ErrorId);

        Assert.False(File.Exists(session.Directory["x.tar"]));
        Assert.False(Directory.Exists(session.Directory["again"]));
        Assert.Equal("mine", File.ReadAllText(session.Directory["there.txt"]));
    }

    [Fact]
    public void Existing_archive_is_replaced_with_force()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("[IO.File]::WriteAllText(\"$PWD/x.tar\", 'mine'); $null = Export-OciStore ./layout ./x.tar -Force");
        Assert.Equal("3", session.RunCleanly("(Get-OciStore ./x.tar).TagCount").Single().ToString());
    }

    [Fact]
    public void Objects_are_references_and_lists_of_digests_are_exclusions()
    {
        using var session = SampleLayout.Open();

        session.RunCleanly("""
            $null = Export-OciStore -Destination ./v1.tar -Store ./layout -Reference (Get-OciTag ./layout v1), v2
            [IO.File]::WriteAllLines("$PWD/sent.txt", [string[]](@('# sent', '') + (Get-OciTag ./layout v1).Digest))
            $null = $s | Export-OciStore -Destination ./delta.tar -Reference v2 -Exclude ./sent.txt
            """);

        Assert.Equal("v1 v2", string.Join(' ', session.RunCleanly("(Get-OciTag ./v1.tar).Tag")));
        Assert.Equal("False True", string.Join(' ', session.RunCleanly("$args | Test-OciContent ./delta.tar", SampleLayout.Digest(SampleLayout.FirstLayer), SampleLayout.Digest(SampleLayout.SecondLayer))));
        Assert.Equal("NotFound", session.Run("Import-OciStore ./delta.tar ./elsewhere").ErrorId);
        session.RunCleanly("Import-OciStore ./v1.tar ./there; Import-OciStore ./delta.tar ./there");
    }

    [Theory]
    [InlineData("Get-OciTag ./layout v* | Export-OciStore -Destination ./x.tar", "v1 v2")]
    [InlineData("Get-OciManifest ./layout v1 | Export-OciStore -Destination ./x.tar", "")]
    [InlineData("Export-OciStore ./layout ./x.tar -Reference v*", "v1 v2")]
    [InlineData("Export-OciStore ./layout ./x.tar -Reference v1, 'lat*'", "latest v1")]
    [InlineData("'./layout' | Export-OciStore -Destination ./x.tar", "latest v1 v2")]
    public void Content_to_export_is_selected_by_pipeline_or_wildcards(string line, string tags)
    {
        using var session = SampleLayout.Open();

        Assert.Equal("x.tar", ((FileInfo)session.RunCleanly(line).Single().BaseObject).Name);

        Assert.Equal(tags, string.Join(' ', session.RunCleanly("(Get-OciTag ./x.tar).Tag")));
    }

    [Fact]
    public void Referrers_and_docker_names_are_exported_on_request()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("$null = Export-OciStore ./layout ./x.tar -Reference v1 -IncludeReferrer; $null = Export-OciStore ./layout ./y.tar -Reference v1");

        Assert.Equal(session.RunCleanly("@(Get-OciReferrer ./layout v1).Count").Single().ToString(), session.RunCleanly("@(Get-OciReferrer ./x.tar v1).Count").Single().ToString());
        Assert.Equal("0", session.RunCleanly("@(Get-OciReferrer ./y.tar v1).Count").Single().ToString());
    }

    [Fact]
    public void Import_tags_the_content_of_an_archive()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("Get-OciManifest ./layout v1 | Export-OciStore -Destination ./x.tar; Import-OciStore ./x.tar ./new -Tag one, two");

        Assert.Equal("one two", string.Join(' ', session.RunCleanly("(Get-OciTag ./new).Tag")));
    }

    [Fact]
    public void Second_store_of_a_pipeline_does_not_replace_the_first()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("$null = New-OciStore ./other");

        Assert.Equal("OneInputOnly", session.Run("'./layout', './other' | Export-OciStore -Destination ./x.tar -Force").ErrorId);

        Assert.Equal("3", session.RunCleanly("(Get-OciStore ./x.tar).TagCount").Single().ToString());
    }

    [Fact]
    public void Invalid_archive_does_not_stop_the_import_of_others()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("""
            $null = Export-OciStore ./layout ./1.tar -Reference v1
            [IO.File]::WriteAllText("$PWD/2.tar", 'no archive')
            $null = Export-OciStore ./layout ./3.tar -Reference v2
            """);

        var result = session.Run("Import-OciStore ./*.tar ./again -PassThru");

        Assert.Equal("InvalidArchive", result.ErrorId);
        Assert.Equal(2, result.Output.Count);
        Assert.Equal("v1 v2", string.Join(' ', session.RunCleanly("(Get-OciTag ./again).Tag")));
    }

    [Fact]
    public void Existing_tags_are_moved_only_with_Force()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("$null = Export-OciStore ./layout ./x.tar; Set-OciTag ./layout latest -Reference v2; Remove-OciTag ./layout v1");

        var result = session.Run("Import-OciStore ./x.tar ./layout");

        Assert.Equal("AlreadyExists", result.ErrorId);
        Assert.Equal("latest v2", string.Join(' ', session.RunCleanly("(Get-OciTag ./layout).Tag")));
        session.RunCleanly("Import-OciStore ./x.tar ./layout -Force");
        Assert.Equal(SampleLayout.Digest(SampleLayout.V1), session.RunCleanly("\"$((Get-OciTag ./layout latest).Digest)\"").Single().ToString());
    }

    [Fact]
    public void Sparse_copy_is_exported_and_imported_with_a_warning()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("""
            param($V1)
            $size = (Get-OciTag ./layout v1).Size
            $foreign = '{"mediaType":"application/vnd.oci.image.layer.nondistributable.v1.tar","digest":"sha256:' + ('0' * 64) + '","size":1,"urls":["https://example.org/layer"]}'
            $config = '{"mediaType":"application/vnd.oci.empty.v1+json","digest":"' + $V1 + '","size":' + $size + '}'
            $null = Push-OciManifest ./layout -Tag foreign -Value ('{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":' + $config + ',"layers":[' + $foreign + ']}')
            """, SampleLayout.Digest(SampleLayout.V1));

        var exported = session.Run("$null = Export-OciStore ./layout ./x.tar").AssertNoErrors();
        var result = session.Run("Import-OciStore ./x.tar ./again").AssertNoErrors();

        Assert.Contains("sparse", Assert.Single(exported.Warnings), StringComparison.Ordinal);
        Assert.Contains("sparse", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("while ($true) { if (++$global:n -eq 3) { $reached.SetResult() }; $null = Export-OciStore ./layout ./x.tar.gz -Force }")]
    [InlineData("while ($true) { if (++$global:n -eq 3) { $reached.SetResult() }; Import-OciStore ./x.tar ./again }")]
    public async Task Export_and_import_can_be_stopped_at_any_moment(string script)
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("$null = Push-OciBlob ./layout -Value ([byte[]]::new(30MB)); $null = Export-OciStore ./layout ./x.tar; $global:n = 0");
        Task<SessionResult> running = await session.RunUntilReachedAsync($"& {{ {script} }}");

        Assert.True((await session.StopAsync(running)).Stopped);

        Assert.Empty(Directory.EnumerateFiles(session.Directory.Path, ".*"));
        Assert.Empty(Directory.EnumerateFiles(session.Directory.Path, "*.upload", SearchOption.AllDirectories));
    }

    [Fact]
    public void WhatIf_of_an_import_states_tags_and_new_objects_and_writes_nothing()
    {
        using var session = SampleLayout.Open();
        session.RunCleanly("Export-OciStore ./layout ./all.tar; Export-OciStore ./layout ./all.tar.gz; Copy-OciContent ./layout v1 ./mirror");

        var before = File.ReadAllText(session.Directory["mirror/index.json"]);
        string[] planned = [.. session.Run("Import-OciStore ./all.tar ./new -WhatIf").AssertNoErrors().WhatIf];
        string[] rest = [.. session.Run("Import-OciStore ./all.tar ./mirror -WhatIf").AssertNoErrors().WhatIf];
        string[] compressed = [.. session.Run("Import-OciStore ./all.tar.gz ./new -WhatIf").AssertNoErrors().WhatIf];

        Assert.Matches($@"^Import .*all\.tar \([0-9.]+ KiB\) into .*new: 3 tags, 8 new objects \([0-9.]+ KiB\)\.$", planned[0]);
        Assert.Contains($"Import {SampleLayout.Digest(SampleLayout.FirstLayer)} (5 B).", planned);
        Assert.Equal(9, planned.Length);
        Assert.Matches("into .*mirror: 3 tags, 5 new objects ", rest[0]);
        // All of a compressed archive has to be read to know its content.
        Assert.Matches(@"^Import .*all\.tar\.gz \([0-9.]+ K?i?B\) into .*new\.$", Assert.Single(compressed));
        Assert.False(Directory.Exists(session.Directory["new"]));
        Assert.Equal(before, File.ReadAllText(session.Directory["mirror/index.json"]));
        Assert.Contains(session.Run("Import-OciStore ./all.tar ./new -Verbose").AssertNoErrors().Verbose, v => v.Contains("8 blobs are new", StringComparison.Ordinal));

        // Content that the archive leaves out because the store has it is not missing.
        session.RunCleanly("Export-OciStore ./layout ./delta.tar -Exclude ./mirror");
        Assert.Matches("into .*mirror: 3 tags, 5 new objects ", session.Run("Import-OciStore ./delta.tar ./mirror -WhatIf").AssertNoErrors().WhatIf[0]);
    }
}
