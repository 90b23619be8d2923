using System;
using System.IO;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests the cmdlets that build and change images, on the sample of the help and on layouts of other tools.</summary>
public class ImageEditTests
{
    [Fact]
    public void An_image_is_built_from_a_base_and_a_directory()
    {
        using var session = Open();
        session.RunCleanly("""
            $null = New-Item ./publish/sub -ItemType Directory; 'x' > ./publish/sub/app.dll; 'y' > ./publish/a.txt
            $null = New-OciImage ./layout -Base app -Platform linux/amd64 -Path ./publish -Target /app -Entrypoint dotnet, /app/app.dll -Tag app:2
            """);

        Assert.Equal(["/app", "/app/a.txt", "/app/run", "/app/sub", "/app/sub/app.dll"], Texts(session, "(Get-OciImageFile ./layout app:2).Path | Where-Object { $_ -like '/app*' } | Sort-Object -CaseSensitive"));
        Assert.Equal(["dotnet /app/app.dll|/usr/bin|3|3|1.4.2"], Texts(session, "Get-OciImage ./layout app:2 | ForEach-Object { \"$($_.Entrypoint)|$($_.Environment.PATH)|$($_.Layers.Count)|$($_.History.Count)|$($_.Labels.Values)\" }"));
        Assert.Equal(["True"], Texts(session, "Test-OciStore ./layout"));
    }

    [Fact]
    public void The_same_input_gives_the_same_digest()
    {
        using var session = Open();
        session.RunCleanly("$null = New-Item ./d -ItemType Directory; 'x' > ./d/b; 'y' > ./d/a; $null = New-OciStore ./other");
        string[] digests = Texts(session, """
            (New-OciImage ./layout ./d -Platform linux/amd64 -Created 2026-01-31 -Label @{ b = 1; a = 2 }).Digest
            (New-OciImage ./other ./d -Platform linux/amd64 -Created 2026-01-31 -Label @{ a = 2; b = 1 }).Digest
            $env:SOURCE_DATE_EPOCH = 1000000000
            try {
                (New-OciImage ./layout ./d -Platform linux/amd64 -Tag sde).Digest
                (Get-Item ./d/a).LastWriteTime = '2020-01-01'
                (New-OciImage ./other ./d -Platform linux/amd64).Digest
                (Get-OciImage ./layout sde).Created.ToUnixTimeSeconds()
                (Get-OciImageFile ./layout sde /a).LastWriteTime.ToUnixTimeSeconds()
            }
            finally { $env:SOURCE_DATE_EPOCH = $null }
            """);
        Assert.Equal(digests[0], digests[1]);
        Assert.Equal(digests[2], digests[3]);
        Assert.Equal(["1000000000", "1000000000"], digests[4..]);
    }

    [Fact]
    public void Labels_and_variables_are_merged_and_removed_in_all_images_of_an_index()
    {
        using var session = Open();

        session.RunCleanly("$null = Edit-OciImage ./layout app -Label @{ maintainer = 'ops'; 'org.opencontainers.image.version' = $null } -Environment @{ MODE = $null; NEW = 1 }");

        Assert.Equal(
            ["linux/amd64 maintainer=ops [PATH, /usr/bin] [NEW, 1] 3", "linux/arm64 maintainer=ops [PATH, /usr/bin] [NEW, 1] 3"],
            Texts(session, "Get-OciImage ./layout app | ForEach-Object { \"$($_.Platform) $($_.Labels.GetEnumerator() | ForEach-Object { \"$($_.Key)=$($_.Value)\" }) $($_.Environment.GetEnumerator() | ForEach-Object { \"[$($_.Key), $($_.Value)]\" }) $($_.History.Count)\" }"));
        Assert.Equal(["OciLayout: Environment, Label"], Texts(session, "(Get-OciImage ./layout app -Platform linux/arm64).History[-1].CreatedBy"));
        Assert.Equal(["vnd.oci.image.index.v1+json 2"], Texts(session, "Get-OciManifest ./layout app | ForEach-Object { \"$($_.MediaType -replace 'application/') $($_.Manifests.Count)\" }"));
    }

    [Fact]
    public void The_same_edit_of_the_same_image_gives_the_same_digest()
    {
        using var session = Open();
        string[] digests = Texts(session, "Copy-OciContent ./layout app ./mirror; './layout', './mirror' | ForEach-Object { (Edit-OciImage $_ app -User me -Tag edited).Digest }");
        Assert.Equal(digests[0], digests[1]);
    }

    [Fact]
    public void A_platform_selects_the_image_of_an_index_that_is_changed()
    {
        using var session = Open();
        session.RunCleanly("$null = Edit-OciImage ./layout app -Platform linux/arm64 -User 1000");
        Assert.Equal(["linux/amd64=", "linux/arm64=1000"], Texts(session, "Get-OciImage ./layout app | ForEach-Object { \"$($_.Platform)=$($_.User)\" }"));
    }

    [Fact]
    public void Unknown_members_order_and_format_survive()
    {
        using var session = Open();
        const string config = "{\n  \"os\": \"linux\",\n  \"x-unknown\": [1.50, {\"a\" : null}],\n  \"architecture\": \"amd64\",\n  \"config\": {\n    \"Cmd\": [ \"sh\" ],\n    \"OnBuild\": null\n  },\n"
            + "  \"rootfs\": {\n    \"type\": \"layers\",\n    \"diff_ids\": []\n  }\n}\n";
        session.RunCleanly("""
            $config = Push-OciBlob ./layout -Value $args[0] -MediaType application/vnd.oci.image.config.v1+json
            $null = [ordered]@{ schemaVersion = 2; 'x-y' = @{ z = 1 }; mediaType = 'application/vnd.oci.image.manifest.v1+json'; config = $config; layers = @() } | Push-OciManifest ./layout -Tag odd
            $null = Edit-OciImage ./layout odd -Label @{ 'a"b' = "ü`n" } -Annotation @{ k = 'v' }
            """, config);

        string expected = config.Replace("\"OnBuild\": null", "\"OnBuild\": null,\n    \"Labels\": {\"a\\\"b\":\"ü\\n\"}", StringComparison.Ordinal)
            .Replace("    \"diff_ids\": []\n  }\n", "    \"diff_ids\": []\n  },\n  \"history\": [{\"created_by\":\"OciLayout: Label, Annotation\",\"empty_layer\":true}]\n", StringComparison.Ordinal);
        Assert.Equal(expected, Texts(session, "(Get-OciImage ./layout odd).Json").Single());
        Assert.Contains("\"x-y\":{\"z\":1}", Texts(session, "(Get-OciManifest ./layout odd).Json").Single(), StringComparison.Ordinal);
        Assert.EndsWith("\"annotations\":{\"k\":\"v\"}}", Texts(session, "(Get-OciManifest ./layout odd).Json").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_edit_that_changes_nothing_writes_nothing_and_says_so()
    {
        using var session = Open();
        SessionResult result = session.Run("$before = (Get-OciTag ./layout app).Digest; $n = (Get-ChildItem ./layout/blobs/sha256).Count; $d = Edit-OciImage ./layout app -Label @{ none = $null } -Environment @{ MODE = 'test' } -Entrypoint /app/run; \"$($d.Digest -eq $before) $((Get-ChildItem ./layout/blobs/sha256).Count - $n)\"").AssertNoErrors();
        Assert.Equal("True 0", result.Output.Single().ToString());
        Assert.Contains("Nothing was written", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void The_old_manifest_stays_and_its_referrers_are_counted()
    {
        using var session = Open();
        session.RunCleanly("$old = (Get-OciTag ./layout app).Digest; 'app', 'app' | ForEach-Object { $null = New-OciArtifact ./layout -ArtifactType application/x-a -Subject $_ -Annotation @{ n = \"$((++$n))\" } }");
        SessionResult result = session.Run("$null = Edit-OciImage ./layout app -User me").AssertNoErrors();
        Assert.Contains("2 manifests are attached", Assert.Single(result.Warnings), StringComparison.Ordinal);
        Assert.Equal(["True"], Texts(session, "$old -in (Get-OciDescriptor ./layout).Digest"));
    }

    [Fact]
    public void A_layer_is_removed_with_its_step_of_the_history()
    {
        using var session = Open();
        session.RunCleanly("$layers = (Get-OciImage ./layout app -Platform linux/amd64).Layers.Digest; $null = Edit-OciImage ./layout app -RemoveLayer $layers[0]");
        Assert.Equal(["1 COPY run /app/ 2", "1 COPY run /app/ 2"], Texts(session, "Get-OciImage ./layout app | ForEach-Object { \"$($_.Layers.Count) $($_.History[0].CreatedBy) $($_.History.Count)\" }"));
        Assert.Equal(["/app", "/app/run"], Texts(session, "(Get-OciImageFile ./layout app -Platform linux/amd64).Path | Where-Object { $_ -like '/app*' }"));
    }

    [Fact]
    public void Docker_format_is_kept()
    {
        using var session = Open();
        session.RunCleanly($"Import-OciStore '{RealLayout.PathOf("skopeo-v2s2.tar")}' ./docker; 'x' > ./x.txt; $t = (Get-OciTag ./docker)[0].Tag");
        session.RunCleanly("$null = Edit-OciImage ./docker $t -Label @{ a = 'b' } -Path ./x.txt -Tag edited; $null = New-OciImage ./docker ./x.txt -Base $t -Tag built");
        Assert.Equal(
            ["docker.distribution.manifest.v2+json docker.container.image.v1+json docker.image.rootfs.diff.tar.gzip", "docker.distribution.manifest.v2+json docker.container.image.v1+json docker.image.rootfs.diff.tar.gzip"],
            Texts(session, "Get-OciManifest ./docker edited, built | ForEach-Object { \"$($_.MediaType) $($_.Config.MediaType) $($_.Layers[-1].MediaType)\" -replace 'application/vnd\\.' }"));
        Assert.Equal("UnsupportedOperation", session.Run("Edit-OciImage ./docker edited -Annotation @{ a = 'b' }").ErrorId);
    }

    [Fact]
    public void Modes_owners_and_links_are_stored()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");
        using var session = Open();
        session.RunCleanly("$null = New-Item ./d/s -ItemType Directory; 'x' > ./d/run; chmod 4755 ./d/run; chmod 700 ./d/s; ln -s /etc/passwd ./d/abs; ln -s ../../up ./d/up");
        session.RunCleanly("$null = New-OciImage ./layout ./d -Platform linux/amd64 -Target /home/me -Owner 1000:50 -Tag kept; $null = New-OciImage ./layout ./d -Platform linux/amd64 -Mode 0640 -Owner 7 -Tag set");
        Assert.Equal(
            ["/home drwxr-xr-x 0:0 ", "/home/me drwxr-xr-x 1000:50 ", "/home/me/abs lrwxrwxrwx 1000:50 /etc/passwd", "/home/me/run -rwsr-xr-x 1000:50 ", "/home/me/s drwx------ 1000:50 ", "/home/me/up lrwxrwxrwx 1000:50 ../../up"],
            Texts(session, "Get-OciImageFile ./layout kept | ForEach-Object { \"$($_.Path) $($_.Mode) $($_.Uid):$($_.Gid) $($_.LinkTarget)\" } | Sort-Object -CaseSensitive"));
        Assert.Equal(["/run -rw-r----- 7:7", "/s drwxr-x--- 7:7"], Texts(session, "Get-OciImageFile ./layout set | Where-Object Kind -ne SymbolicLink | ForEach-Object { \"$($_.Path) $($_.Mode) $($_.Uid):$($_.Gid)\" }"));
    }

    [Fact]
    public void A_directory_that_the_base_has_is_not_stated_again()
    {
        using var session = Open();
        session.RunCleanly("$null = New-OciImage ./layout ./hello.txt -Base app -Platform linux/amd64 -Target /usr/bin -Tag b");
        Assert.Equal(["/usr/bin/hello.txt"], Texts(session, "$i = Get-OciImage ./layout b; ($i | Get-OciImageFile -Layer $i.Layers[-1].Digest).Path"));
    }

    [Fact]
    public void A_tar_archive_is_a_layer_as_it_is()
    {
        using var session = Open();
        session.RunCleanly("$l = (Get-OciImage ./layout app -Platform linux/amd64).Layers; Get-OciBlob -InputObject $l[0] -OutFile ./base.tar.gz; $null = New-OciImage ./layout ./base.tar.gz -Platform linux/amd64 -Tag t");
        Assert.Equal(["True True"], Texts(session, "$t = (Get-OciImage ./layout t).Layers; \"$($t.Digest -eq $l[0].Digest) $($t.DiffId -eq $l[0].DiffId)\""));
    }

    [Theory]
    [InlineData("New-OciImage ./layout ./hello.txt", "InvalidManifest", "-Platform linux/amd64")]
    [InlineData("New-OciImage ./layout ./hello.txt -WhatIf", "InvalidManifest", "-Platform linux/amd64")]
    [InlineData("New-OciImage ./layout ./hello.txt -Base app -Platform linux/amd64 -Target ../x -WhatIf", "UnsafePath", "-Target")]
    [InlineData("New-OciImage ./layout ./hello.txt -Base app", "AmbiguousReference", "-Platform linux/amd64")]
    [InlineData("New-OciImage ./layout ./hello.txt -Base app -Platform linux/riscv64", "NotFound", "linux/amd64")]
    [InlineData("New-OciImage ./layout ./hello.txt -Base v1", "UnsupportedMediaType", "Get-OciTag ./layout -Detailed")]
    [InlineData("New-OciImage ./layout ./none -Platform linux/amd64", "NotFound|PathNotFound|FileNotFound", "path")]
    [InlineData("Edit-OciImage ./layout app -Entrypoint ''", "InvalidManifest", "-Entrypoint @()")]
    [InlineData("Edit-OciImage ./layout app -Label @{ 'a=b' = 1 }", "InvalidManifest", "$null removes")]
    [InlineData("Edit-OciImage ./layout app -Label @{ a = 'x' * 5MB }", "SizeLimitExceeded", "shorter labels")]
    [InlineData("Edit-OciImage ./layout app -Environment @{ 'a=b' = 1 }", "InvalidManifest", "$null removes")]
    [InlineData("Edit-OciImage ./layout app -Environment @{ '' = 1 }", "InvalidManifest", "$null removes")]
    [InlineData("Edit-OciImage ./layout app -Label @{ a = @(1, 2) }", "InvalidInput", "-Label @{")]
    [InlineData("Edit-OciImage ./layout app -Label @{ ([string][char]0xD800) = 1 }", "InvalidInput", "whole character")]
    [InlineData("Edit-OciImage ./layout app -User ([string][char]0xD800)", "InvalidManifest", "whole character")]
    [InlineData("New-OciImage ./layout -Platform linux/amd64 -Command a, ([string][char]0xDC00)", "InvalidManifest", "whole character")]
    [InlineData("New-OciArtifact ./layout ./hello.txt -ArtifactType a/b -Annotation @{ a = [string][char]0xDC00 }", "InvalidAnnotation", "-Annotation @{")]
    [InlineData("Set-OciTag ./layout x -Reference v1 -Annotation @{ a = [string][char]0xDC00 }", "InvalidAnnotation", "-Annotation @{")]
    [InlineData("Edit-OciImage ./layout app -ExposedPort 70000", "InvalidManifest", "removes a setting")]
    [InlineData("Edit-OciImage ./layout app -ExposedPort http", "InvalidManifest", "removes a setting")]
    [InlineData("Edit-OciImage ./layout app -RemoveLayer sha256:0000000", "NotFound", ".Layers")]
    [InlineData("Edit-OciImage ./layout app -Annotation @{ 'org.opencontainers.image.created' = 'yesterday' }", "InvalidManifest", "2026-01-31")]
    [InlineData("Edit-OciImage ./layout v1 -User me", "UnsupportedMediaType", "Get-OciTag ./layout -Detailed")]
    [InlineData("Edit-OciImage ./layout app -Path ./hello.txt -Mode 0999", "InvalidMode", "-Mode 0755")]
    [InlineData("Edit-OciImage ./layout app -Path ./hello.txt -Owner root", "InvalidOwner", "-Owner 1000:1000")]
    [InlineData("Edit-OciImage ./layout app -Path ./hello.txt -Target /../x", "UnsafePath", "-Target")]
    [InlineData("'no tar' > ./x.tar; Edit-OciImage ./layout app -Path ./x.tar", "InvalidArchive", "archive")]
    [InlineData("'x' > ./.wh.x; Edit-OciImage ./layout app -Path ./.wh.x", "UnsafePath", "Rename")]
    [InlineData("$null = Export-OciStore ./layout ./l.tar; Edit-OciImage ./l.tar app -User me", "ReadOnlyStore", "Import-OciStore")]
    [InlineData("$env:SOURCE_DATE_EPOCH = 'x'; try { New-OciImage ./layout -Platform linux/amd64 -ErrorAction Stop } finally { $env:SOURCE_DATE_EPOCH = $null }", "InvalidSourceDate", "SOURCE_DATE_EPOCH")]
    public void Input_that_cannot_be_an_image_is_refused_and_nothing_is_tagged(string line, string ids, string advice)
    {
        using var session = Open();
        string[] before = Texts(session, "Get-OciDescriptor ./layout | ForEach-Object { \"$($_.Digest)\" }");

        var error = session.Run(line).AllErrors.Last();

        Assert.Contains(error.FullyQualifiedErrorId.Split(',')[0], ids.Split('|'));
        Assert.Contains(advice, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(before, Texts(session, "Get-OciDescriptor ./layout | ForEach-Object { \"$($_.Digest)\" }"));
    }

    [Theory]
    [InlineData("Edit-OciImage ./layout app -User me -WhatIf", "Edit 2 images (User)")]
    [InlineData("New-OciImage ./layout ./hello.txt -Base app -Platform linux/amd64 -Tag x -WhatIf", "Build an image on app (1 new layer) and tag it x")]
    public void WhatIf_states_the_changes_and_writes_nothing(string line, string text)
    {
        using var session = Open();
        int blobs = Directory.GetFiles(session.Directory["layout/blobs/sha256"]).Length;
        Assert.Contains(text, Assert.Single(session.Run(line).AssertNoErrors().WhatIf), StringComparison.Ordinal);
        Assert.Equal(blobs, Directory.GetFiles(session.Directory["layout/blobs/sha256"]).Length);
    }

    [Fact]
    public void A_base_from_the_pipeline_is_used()
    {
        using var session = Open();
        Assert.Equal(["3 3"], Texts(session, "$i = Get-OciImage ./layout app | New-OciImage -Path ./hello.txt; \"$(($i | Get-OciImage).Layers.Count / 2) $(($i | Get-OciImage).History.Count / 2)\""));
    }

    private static ModuleSession Open()
    {
        var session = new ModuleSession();
        session.RunCleanly(ModuleSession.CreateSample);
        return session;
    }

    private static string[] Texts(ModuleSession session, string line) => [.. session.RunCleanly(line).Select(o => o.ToString())];
}
