using System;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Tests.Registry.Server;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests the cmdlets on repositories of docker-registry. Tests are skipped where it is not installed.</summary>
public class RegistryTests
{
    private const string Zeros = "0000000000000000000000000000000000000000000000000000000000000000";

    [Fact]
    public async Task Content_is_pushed_listed_pulled_and_equal()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);

        session.RunCleanly("Copy-OciContent ./layout -Destination $r; Copy-OciContent $r -Destination ./gap; Copy-OciContent ./gap -Destination $other");

        Assert.Equal(["latest", "v1", "v2"], Texts(session, "Get-OciTag $r -NameOnly | Where-Object { $_ -notlike 'sha256-*' }"));
        Assert.Equal(Texts(session, "(Get-OciTag ./layout).Digest"), Texts(session, "(Get-OciTag $r latest, v1, v2).Digest"));
        Assert.Equal(Texts(session, "(Get-OciTag ./layout).Digest"), Texts(session, "(Get-OciTag $other latest, v1, v2).Digest"));
        Assert.Equal(Texts(session, "(Get-OciReferrer ./layout v1).Digest"), Texts(session, "(Get-OciReferrer \"${r}:v1\").Digest"));
        Assert.Equal(Texts(session, "(Get-OciReferrer ./layout v1).Digest"), Texts(session, "(Get-OciReferrer ./gap v1).Digest"));
    }

    [Fact]
    public async Task A_second_copy_sends_nothing()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);
        session.RunCleanly("Copy-OciContent ./layout -Destination $r");

        var result = session.Run("Copy-OciContent ./layout -Destination $r -Verbose").AssertNoErrors();

        Assert.All(result.Verbose.Where(v => v.StartsWith("Copied", StringComparison.Ordinal)), v => Assert.Contains("0 objects", v));
    }

    [Fact]
    public async Task WhatIf_of_a_copy_reports_bytes_requests_and_possible_mounts()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);
        session.RunCleanly("Copy-OciContent ./layout v1 $r");

        var pull = session.Run("Copy-OciContent \"${r}:v1\" -Destination ./gap -WhatIf").AssertNoErrors().WhatIf;
        var mount = session.Run("Copy-OciContent \"${r}:v1\" -Destination $other -WhatIf").AssertNoErrors().WhatIf;

        Assert.Matches("3 objects .* to transfer, about 3 requests, 1 manifest pull", pull[0]);
        Assert.Matches("3 objects .* to transfer, ≤ .* to transfer or mounted, about [0-9]+ requests, 1 manifest pull", mount[0]);
        Assert.Equal(2, mount.Count(l => l.Contains(", or mounted, ", StringComparison.Ordinal)));
        Assert.Contains("Sent 3 requests to registries.", session.Run("Copy-OciContent \"${r}:v1\" -Destination ./gap -Verbose").AssertNoErrors().Verbose);
    }

    [Fact]
    public async Task Content_is_read_by_tag_digest_object_text_and_saved_object()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);
        session.RunCleanly("Copy-OciContent ./layout -Destination $r");
        string digest = SampleLayout.Digest(SampleLayout.V1);

        foreach (string line in new[]
        {
            "Get-OciManifest $r v1", "Get-OciManifest \"${r}:v1\"", $"Get-OciManifest $r {digest}", $"Get-OciManifest \"$r@{digest}\"",
            "Get-OciTag $r v1 | Get-OciManifest", "\"${r}:v1\" | Get-OciManifest", "Get-OciManifest -Reference \"${r}:v1\"",
            "Get-OciTag $r v1 | Export-Csv t.csv; Import-Csv t.csv | Get-OciManifest",
            "Get-OciTag $r v1 | Select-Object Store, Tag, Digest | ConvertTo-Json | ConvertFrom-Json | Get-OciManifest",
            "$PSDefaultParameterValues['*-Oci*:Store'] = $r; Get-OciManifest -Reference v1; $PSDefaultParameterValues.Clear()",
        })
        {
            Assert.Equal([digest], Texts(session, $"(& {{ {line} }}).Digest"));
        }

        Assert.Equal([SampleLayout.FirstLayer], Texts(session, "(Get-OciManifest \"${r}:v1\").Layers | Get-OciBlob -AsString"));
        Assert.Equal([SampleLayout.FirstLayer], Texts(session, $"Get-OciBlob $r {SampleLayout.Digest(SampleLayout.FirstLayer)} -AsString"));
        Assert.Equal(["True", "True", "False"], Texts(session, $"Test-OciContent $r v1, {SampleLayout.Digest(SampleLayout.FirstLayer)}, nope"));
        Assert.Equal(
            Texts(session, "(Get-OciDescriptor ./layout v2 -Recurse).Digest"), Texts(session, "(Get-OciDescriptor $r v2 -Recurse).Digest"));
        Assert.Equal(["oci://" + registry.Host + "/team/app"], Texts(session, "(Get-OciTag $r v1).Store"));
        Assert.Equal(["True False"], Texts(session, "\"$($null -eq (Get-OciTag $r v1).TotalSize) $($null -eq (Get-OciTag $r v1 -Detailed).TotalSize)\"")); // a property sends no request
    }

    [Theory]
    [InlineData("Get-OciPredecessor $r v1")]
    [InlineData("Invoke-OciGC $r")]
    [InlineData("Measure-OciStore $r")]
    [InlineData("Export-OciStore $r ./x.tar")]
    [InlineData("Save-OciIndex $r")]
    [InlineData("Test-OciStore $r")]
    [InlineData("Repair-OciStore $r -Confirm:$false")]
    [InlineData("New-OciStore $r")]
    public void Cmdlets_that_need_a_layout_refuse_a_repository(string line)
    {
        using var session = SampleLayout.Open();
        session.Set("r", "oci://localhost:1/team/app");

        var result = session.Run(line);

        Assert.Equal("UnsupportedOperation", result.ErrorId);
        Assert.Contains("Copy-OciContent", result.AllErrors.Single().ErrorDetails.RecommendedAction);
    }

    [Theory]
    [InlineData("Get-OciTag ghcr.io/a/b", "oci://ghcr.io/a/b")]
    [InlineData("Get-OciTag https://ghcr.io/v2/a/b", "oci://ghcr.io/a/b")]
    [InlineData("Get-OciTag oci://ghcr.io", "oci://host")]
    [InlineData("Get-OciTag oci://ghcr.io/Contoso/App", "Write oci://ghcr.io/contoso/app.")]
    [InlineData("Get-OciManifest oci://ghcr.io/a/b:v1 -Reference v2", "oci://ghcr.io/a/b")]
    [InlineData("Copy-OciContent ./layout v1 oci://ghcr.io/a/b -HardLink", "-HardLink")]
    [InlineData("Copy-OciContent oci://ghcr.io/a/b:v1 oci://ghcr.io/c/d", "Copy-OciContent oci://ghcr.io/a/b:v1 -Destination oci://ghcr.io/c/d")]
    [InlineData("Copy-OciContent oci://ghcr.io/a/b v1 oci://ghcr.io/c/d@sha256:" + Zeros, "-Destination oci://ghcr.io/c/d.")]
    public void Bad_input_has_a_next_step(string line, string advice)
    {
        using var session = SampleLayout.Open();
        Assert.Contains(advice, session.Run(line).AllErrors.Single().ErrorDetails.RecommendedAction);
    }

    [Theory]
    [InlineData("Get-OciTag oci:./layout", "InvalidPath", "without 'oci:'")]
    [InlineData("Get-OciTag oci://nginx", "InvalidReference", "oci://docker.io/nginx")]
    [InlineData("Get-OciTag oci://https://ghcr.io/a", "InvalidReference", "oci://host")]
    [InlineData("Get-OciTag oci://::1/r", "InvalidReference", "oci://host")]
    [InlineData("Get-OciTag oci://host.x:99999/r", "InvalidReference", "oci://host")]
    [InlineData("Get-OciTag oci://host.x:0/r", "InvalidReference", "oci://host")]
    [InlineData("Get-OciTag oci://host.x/a//b", "InvalidReference", "oci://host")]
    [InlineData("Get-OciTag oci://host.x/a/../b", "InvalidReference", "oci://host")]
    [InlineData("Get-OciTag 'oci://host.x/a?x'", "InvalidReference", "oci://host")]
    [InlineData("Get-OciTag oci://host.x/r:", "InvalidReference", "oci://host")]
    [InlineData("Get-OciTag oci://host.x/r:tag:tag", "InvalidReference", "oci://host")]
    [InlineData("Get-OciTag 'oci://host.x/r@sha256:12'", "InvalidReference", "oci://host")]
    [InlineData("Get-OciTag \"oci://host.x/$('a' * 250)\"", "InvalidReference", "oci://host")]
    [InlineData("Get-OciTag \"oci://host.x/r:$('t' * 129)\"", "InvalidReference", "oci://host")]
    [InlineData("Copy-OciContent 'oci://host.x/r@sha256:12' ./gap", "InvalidReference", "oci://host")]
    [InlineData("Get-OciTag ./layout v1, v2 | Copy-OciContent -Destination oci://localhost:1/r:x", "OneInputOnly", "leave out -Tag")]
    [InlineData("Set-OciTag ./layout a/b:1 -Reference v1; Copy-OciContent ./layout a/b:1 oci://localhost:1/r", "InvalidDestination", "the tag '1'")]
    [InlineData("Copy-OciContent ./layout v1 oci://localhost:1/r -Tag sha256-" + Zeros, "FallbackTag", "Set-OciTag -Force")]
    [InlineData("Copy-OciContent ./layout v1 oci://localhost:1/r:sha256-" + Zeros + ".sig", "FallbackTag", "Set-OciTag -Force")]
    [InlineData("Copy-OciContent ./layout v1 ./gap -Tag '[::1]:5000/r:1'", "InvalidReference", "letters and digits")]
    public void Bad_input_is_refused_before_a_request(string line, string id, string advice)
    {
        using var session = SampleLayout.Open();

        var result = session.Run(line);

        Assert.Equal(id, result.ErrorId);
        Assert.Contains(advice, result.AllErrors.Single().ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copy_within_a_repository_sets_tags_only_and_an_untagged_copy_warns()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);
        session.RunCleanly("Copy-OciContent ./layout -Destination $r");

        var result = session.Run("Copy-OciContent \"${r}:v1\" -Destination \"${r}:same\" -Verbose").AssertNoErrors();

        Assert.Contains(result.Verbose, v => v.Contains("Copied 0 objects", StringComparison.Ordinal));
        Assert.Equal(Texts(session, "(Get-OciTag $r v1).Digest"), Texts(session, "(Get-OciTag $r same).Digest"));
        Assert.Contains("no tag", session.Run("Copy-OciContent ./layout (Get-OciTag ./layout v2).Digest $other").AssertNoErrors().Warnings.Single(), StringComparison.Ordinal);
        // A list of referrers is a tag in both places.
        session.RunCleanly("Copy-OciContent $r -Destination ./lists");
        Assert.Equal(Texts(session, "Get-OciTag $r sha256-* -NameOnly"), Texts(session, "Get-OciTag ./lists sha256-* -NameOnly"));
        Assert.Single(Texts(session, "Get-OciTag ./lists sha256-* -NameOnly"));
    }

    [Fact]
    public void A_secret_in_a_reference_is_not_repeated()
    {
        using var session = new ModuleSession();
        var error = session.Run("Get-OciTag oci://user:s3cret@ghcr.io/a/b").AllErrors.Single();
        Assert.DoesNotContain("s3cret", error.ToString() + error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public async Task An_account_is_needed_set_and_forgotten()
    {
        using var certificate = new TestCertificate();
        await using var registry = await DockerRegistry.StartAsync(certificate, requiresPassword: true);
        using var session = Open(registry);
        System.IO.File.WriteAllText(session.Directory["ca.pem"], certificate.Authority.ExportCertificatePem());
        session.RunCleanly($"$account = [pscredential]::new('{DockerRegistry.User}', (ConvertTo-SecureString '{DockerRegistry.Password}' -AsPlainText -Force))");

        Assert.Equal("UntrustedEndpoint", session.Run("Get-OciTag $r").ErrorId);
        Assert.Equal("Unauthorized", session.Run("Connect-OciRegistry $h -CertificateAuthority ./ca.pem").ErrorId);
        session.RunCleanly("Connect-OciRegistry $h $account -CertificateAuthority ./ca.pem; Copy-OciContent ./layout v1 $r");
        Assert.Equal(["v1"], Texts(session, "Get-OciTag $r -NameOnly"));
        session.RunCleanly("Disconnect-OciRegistry $h");
        Assert.Equal("UntrustedEndpoint", session.Run("Get-OciTag $r").ErrorId);
    }

    [Fact]
    public async Task Tags_are_set_in_a_repository()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);
        session.RunCleanly("Copy-OciContent ./layout v1 $r");

        session.RunCleanly("Set-OciTag $r stable -Reference v1; Get-OciTag $r v1 | Set-OciTag production");

        Assert.Equal(["production", "stable", "v1"], Texts(session, "(Get-OciTag $r).Tag"));
        Assert.Equal("FallbackTag", session.Run($"Set-OciTag $r sha256-{new string('0', 64)} -Reference v1").ErrorId);
        Assert.Equal("UnsupportedOperation", session.Run("Remove-OciTag $r stable").ErrorId); // docker-registry 2.8
        Assert.Equal("UnsupportedOperation", session.Run("Rename-OciTag $r stable newest").ErrorId);
        Assert.Equal(["production", "stable", "v1"], Texts(session, "(Get-OciTag $r).Tag"));
    }

    [Fact]
    public async Task Blobs_and_manifests_are_pushed_to_a_repository()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);

        session.RunCleanly("""
            $null = Get-OciManifest ./layout v1 | ForEach-Object { $_.Config; $_.Layers } | ForEach-Object { Push-OciBlob $r -Value (Get-OciBlob -InputObject $_) }
            $null = (Get-OciManifest ./layout v1).Json | Push-OciManifest $r -Tag one, two
            """);

        Assert.Equal(Texts(session, "$d = (Get-OciTag ./layout v1).Digest; $d, $d"), Texts(session, "(Get-OciTag $r).Digest"));
        Assert.Equal("DigestMismatch", session.Run($"'x' | Push-OciBlob $r -Digest sha256:{new string('0', 64)}").ErrorId);
    }

    [Fact]
    public async Task A_manifest_is_deleted_with_its_referrers_and_named_tags()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);
        session.RunCleanly("Copy-OciContent ./layout -Destination $r");

        Assert.Equal("ContentReferenced", session.Run("Remove-OciContent $r v1").ErrorId);
        string list = Texts(session, "(Get-OciTag $r sha256-*).Digest").Single();
        var deleted = Texts(session, "(Remove-OciContent $r v1 -Force -PassThru).Digest");

        Assert.Equal([SampleLayout.Digest(SampleLayout.Attached), list, SampleLayout.Digest(SampleLayout.V1)], deleted);
        Assert.Equal(["v2"], Texts(session, "Get-OciTag $r -NameOnly"));
    }

    [Fact]
    public async Task Signatures_of_cosign_are_copied_listed_and_deleted_with_their_image()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);
        session.RunCleanly("""
            $tag = "sha256-$((Get-OciTag ./layout v2).Digest.Encoded).sig"
            $sig = (Get-OciManifest ./layout v1).Json -replace '"artifactType":"[^"]*",' | Push-OciManifest ./layout -Tag $tag
            Copy-OciContent ./layout v2 $r -IncludeReferrer
            Copy-OciContent "${r}:v2" -Destination $other -IncludeReferrer
            Copy-OciContent "${other}:v2" -Destination ./gap -IncludeReferrer -FullName
            """);

        string[] signature = Texts(session, "$sig.Digest");
        foreach (string place in new[] { "./layout v2", "$r v2", "$other v2", "./gap ($other.Substring(6) + ':v2')" })
        {
            Assert.Equal(signature, Texts(session, $"(Get-OciReferrer {place}).Digest"));
            Assert.Equal(["application/x-demo"], Texts(session, $"(Get-OciReferrer {place}).ArtifactType"));
        }

        // The tag of a signature is not a tag of a user.
        Assert.Equal(["v2"], Texts(session, "Get-OciTag $other -NameOnly"));
        Assert.Equal(["v2"], Texts(session, "Get-OciTag $other * | ForEach-Object Tag"));
        Assert.Equal(Texts(session, "'v2', $tag | Sort-Object"), Texts(session, "Get-OciTag $other -Force | ForEach-Object Tag | Sort-Object"));
        Assert.Equal(Texts(session, "$tag"), Texts(session, "Get-OciTag $other $tag -NameOnly; Get-OciTag $other $tag | ForEach-Object Tag").Distinct());
        Assert.Equal("FallbackTag", session.Run("Set-OciTag $r $tag -Reference v2").ErrorId);
        Assert.Equal("FallbackTag", session.Run("Remove-OciTag $r $tag").ErrorId);
        foreach (string place in new[] { "$r", "./layout" })
        {
            Assert.Contains(session.Run($"Remove-OciContent {place} v2 -WhatIf").AssertNoErrors().WhatIf, l => l.Contains($"{signature[0]} (", StringComparison.Ordinal) && l.Contains("referrer of a deleted manifest", StringComparison.Ordinal));
            session.RunCleanly($"Remove-OciContent {place} v2");
            Assert.Equal(["False", "False"], Texts(session, $"Test-OciContent {place} v2, $tag"));
        }
    }

    [Fact]
    public async Task A_whole_repository_is_copied_with_its_lists_and_signatures_for_one_platform_and_under_another_tag()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);
        session.RunCleanly("""
            $tag = "sha256-$((Get-OciTag ./layout v2).Digest.Encoded).sig"
            $null = (Get-OciManifest ./layout v1).Json -replace '"artifactType":"[^"]*",' | Push-OciManifest ./layout -Tag $tag
            Copy-OciContent ./layout v2 $r -IncludeReferrer
            Copy-OciContent $r -Destination $other -Tag moved
            Copy-OciContent $r -Destination ./full -FullName
            """);

        Assert.Equal(Texts(session, "'moved', $tag | Sort-Object"), Texts(session, "Get-OciTag $other -NameOnly -Force | Sort-Object"));
        Assert.Equal(Texts(session, "(Get-OciTag $r v2).Digest"), Texts(session, "(Get-OciTag $other moved).Digest"));
        Assert.Equal(Texts(session, "$tag, 'v2' | ForEach-Object { $h + '/team/app:' + $_ } | Sort-Object"), Texts(session, "Get-OciTag ./full -NameOnly | Sort-Object"));
    }

    [Fact]
    public async Task Artifacts_and_indexes_are_made_in_a_repository_and_unpacked_from_it()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);
        session.RunCleanly("""
            Copy-OciContent ./layout v1 $r
            $null = New-Item -ItemType Directory ./folder
            Set-Content ./folder/a.txt 'text' -NoNewline
            Set-Content ./config.json '{"architecture":"amd64","os":"linux"}' -NoNewline
            $tool = New-OciArtifact "${r}:1.2.3" ./folder -ArtifactType application/x-tool -Subject v1 -Annotation @{ 'org.opencontainers.image.created' = '2026-01-31T12:00:00Z' }
            $image = New-OciArtifact $r ./folder -ArtifactType application/x-tool -Config ./config.json -Tag a, b
            $index = New-OciIndex $r a -Platform linux/amd64 -Tag multi
            Expand-OciArtifact "${r}:1.2.3" -Destination ./out
            """);

        Assert.Equal(["text"], Texts(session, "Get-Content ./out/folder/a.txt"));
        Assert.Equal(["1.2.3", "a", "b", "multi", "v1"], Texts(session, "Get-OciTag $r -NameOnly | Where-Object { $_ -notlike 'sha256-*' }"));
        Assert.Equal(Texts(session, "$tool.Digest"), Texts(session, "(Get-OciReferrer $r v1 -ArtifactType application/x-tool).Digest"));
        Assert.Equal(["oci://" + registry.Host + "/team/app"], Texts(session, "$tool.Store"));
        Assert.Equal(Texts(session, "$image.Digest"), Texts(session, "(Get-OciManifest $r multi -Platform linux/amd64).Digest"));
        Assert.Equal("TwoReferences", session.Run("New-OciArtifact \"${r}:x\" ./folder -ArtifactType application/x-tool -Tag y").ErrorId);
        Assert.Equal("FallbackTag", session.Run($"New-OciArtifact $r ./folder -ArtifactType application/x-tool -Tag sha256-{Zeros}").ErrorId);
        session.RunCleanly("New-OciArtifact $r ./folder -ArtifactType application/x-tool -Tag preview -WhatIf; New-OciIndex $r a -Platform linux/amd64 -Tag preview -WhatIf");
        Assert.Equal(["False"], Texts(session, "Test-OciContent $r preview"));
    }

    [Fact]
    public async Task An_image_of_a_repository_is_compared_with_one_of_a_layout()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);
        session.RunCleanly("""
            Set-Content ./a.txt 1; Set-Content ./b.txt 2
            $null = New-OciImage ./layout ./a.txt -Platform linux/amd64 -Tag image
            Copy-OciContent ./layout image $r
            $null = New-OciImage ./layout ./b.txt -Base image -User me -Tag image
            """);

        Assert.Equal(["Added /b.txt", "Added User"], Texts(session, "Compare-OciImage \"${r}:image\" -DifferenceStore ./layout -File | Where-Object Name -in User, /b.txt | Sort-Object Name | ForEach-Object { \"$($_.Change) $($_.Name)\" }"));
        Assert.Equal(["Removed /b.txt"], Texts(session, "Compare-OciImage ./layout image \"${r}:image\" -File | Where-Object Kind -eq File | ForEach-Object { \"$($_.Change) $($_.Name)\" }"));
        Assert.Empty(session.RunCleanly("Compare-OciImage $r image image -File"));
    }

    [Fact]
    public async Task An_index_is_changed_in_a_repository()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);
        session.RunCleanly("""
            $null = New-OciIndex ./layout v1 -Platform linux/amd64 -Tag multi
            Copy-OciContent ./layout multi, v2 $r
            $edited = Edit-OciIndex "${r}:multi" -Add v2 -Platform linux/arm64 -Annotation @{ a = 'b' }
            $null = Edit-OciIndex $r multi -Remove linux/amd64 -Tag small
            """);

        Assert.Equal(["linux/amd64 linux/arm64 b"], Texts(session, "$m = Get-OciManifest $r multi; \"$($m.Manifests.Platform) $($m.Annotations.a)\""));
        Assert.Equal(["linux/arm64"], Texts(session, "(Get-OciManifest $r small).Manifests | ForEach-Object { \"$($_.Platform)\" }"));
        Assert.Equal(Texts(session, "$edited.Digest"), Texts(session, "(Get-OciTag $r multi).Digest"));
        Assert.Equal("NotFound", session.Run("Edit-OciIndex $r multi -Add v9 -Platform linux/s390x").ErrorId);
        Assert.Equal("StoreMismatch", session.Run("Edit-OciIndex $r multi -Add (Get-OciTag ./layout v1) -Platform linux/s390x").ErrorId);
        Assert.Equal("NotFound", session.Run("Edit-OciIndex $r multi -Remove v9").ErrorId);
        session.RunCleanly("Edit-OciIndex $r multi -Remove linux/amd64 -Tag preview -WhatIf");
        Assert.Equal(["False"], Texts(session, "Test-OciContent $r preview"));
    }

    [Fact]
    public async Task A_repository_is_compared_with_a_layout_a_list_and_another_repository()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);
        session.RunCleanly("Copy-OciContent ./layout -Destination $r; Copy-OciContent $r -Destination $other");

        Assert.Empty(session.RunCleanly("Compare-OciStore ./layout $r; Compare-OciStore $r ./layout; Compare-OciStore $r $other"));
        session.RunCleanly("Set-OciTag $other v1 -Reference v2; Get-OciTag $r v1 | ConvertTo-Json | Set-Content list.json");
        Assert.Equal(["MovedTag v1 Reference True", "MovedTag v1 Difference True"], Texts(session, "Compare-OciStore $r $other | ForEach-Object { \"$($_.Kind) $($_.Tag) $($_.Side) $($_.Store.Path -in $r, $other)\" }"));
        Assert.Equal(Texts(session, "(Get-OciTag ./layout v2).Digest"), Texts(session, "(Compare-OciStore $other $r | Where-Object Tag -eq v1)[0].Digest"));
        Assert.Equal(["v2"], Texts(session, "(Compare-OciStore -ReferenceFile ./list.json $r).Tag -like 'v2'"));
        Assert.Equal("TwoReferences", session.Run("Compare-OciStore ./layout \"${r}:v1\"").ErrorId);
    }

    [Fact]
    public async Task Tags_of_a_repository_are_completed()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);
        session.RunCleanly("Copy-OciContent ./layout -Destination $r; $PSDefaultParameterValues['Set-OciTag:Store'] = $r");
        string repository = $"oci://{registry.Host}/team/app";

        foreach (var (line, expected) in new[]
        {
            ($"Get-OciTag {repository} v", "v1 v2"), ($"Get-OciManifest {repository} l", "latest"), ("Get-OciTag -Store $r -Tag v", "v1 v2"), ($"Remove-OciTag {repository} v1, l", "latest"),
            ($"Copy-OciContent {repository}:v", $"{repository}:v1 {repository}:v2"), ($"Copy-OciContent ./layout v1 {repository}:l", $"{repository}:latest"),
            ("Sync-OciRepository -Source $r -Destination ./x -Include v", "v1 v2"), ($"Sync-OciRepository oci://{registry.Host}", $"oci://{registry.Host}/ oci://{registry.Host}/team/app"), ($"Disconnect-OciRegistry {registry.Host}", registry.Host),
            ("Set-OciTag v", "v1 v2"), ($"Get-OciTag {repository} v1 | Set-OciTag l", "latest"), ($"Get-OciTag {repository}x v", ""), ("Get-OciTag oci://Bad/Name v", ""),
        })
        {
            Assert.Equal(expected, Complete(line));
        }

        session.RunCleanly("Disconnect-OciRegistry $h"); // forgets the answer
        session.RunCleanly("Set-OciTag $r v3 -Reference v1");
        Assert.Equal("v1 v2 v3", Complete($"Get-OciTag {repository} v"));

        string Complete(string line) => string.Join(' ', session.Complete(line).Select(c => c.CompletionText));
    }

    [Fact]
    public void Completion_gives_up_when_a_registry_does_not_answer()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0); // never answers
        listener.Start();
        using var session = new ModuleSession();
        string line = $"Get-OciTag oci://{listener.LocalEndpoint}/team/app v";

        Assert.Empty(session.RunCleanly("(TabExpansion2 $args[0] $args[0].Length).CompletionMatches", line));
    }

    [Fact]
    public async Task A_request_can_be_stopped()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0); // never answers
        listener.Start();
        using var session = new ModuleSession();
        var running = await session.RunUntilReachedAsync($"$reached.SetResult(); Get-OciTag oci://{listener.LocalEndpoint}/team/app");

        // Without the stop, the request would wait for an answer for longer than the stop may take.
        Assert.True((await session.StopAsync(running)).Stopped);
    }

    [Fact]
    public async Task Tags_of_two_repositories_do_not_replace_one_another()
    {
        await using var registry = await DockerRegistry.StartAsync();
        using var session = Open(registry);
        session.RunCleanly("Copy-OciContent ./layout v1 $r -Tag x; Copy-OciContent ./layout v2 $other -Tag x");

        Assert.Equal("OneInputOnly", session.Run("\"${r}:x\", \"${other}:x\" | Copy-OciContent -Destination ./gap").ErrorId);
        session.RunCleanly("\"${r}:x\", \"${other}:x\" | Copy-OciContent -Destination ./full -FullName");

        Assert.Equal([$"{registry.Host}/team/app:x", $"{registry.Host}/team/other:x"], Texts(session, "(Get-OciTag ./full).Tag"));
    }

    private static ModuleSession Open(DockerRegistry registry)
    {
        var session = SampleLayout.Open();
        session.Set("h", registry.Host);
        session.Set("r", $"oci://{registry.Host}/team/app");
        session.Set("other", $"oci://{registry.Host}/team/other");
        return session;
    }

    private static string[] Texts(ModuleSession session, string line) => [.. session.RunCleanly(line).Select(o => o.ToString())];
}
