using System;
using System.IO;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests the cmdlets that read images, on the sample of the help and on layouts of other tools.</summary>
public class ImageTests
{
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

    [Fact]
    public void Files_are_listed_as_a_container_sees_them()
    {
        using var session = Open();
        Assert.Equal(
            ["/app", "/app/run", "/etc", "/etc/os-release", "/usr", "/usr/lib", "/usr/lib/libexample.so.1", "/usr/lib/os-release"],
            Texts(session, "(Get-OciImageFile ./layout app -Platform linux/amd64).Path | Sort-Object -CaseSensitive"));
        Assert.Equal(["-rwxr-xr-x 493 23 0:0 File"], Texts(session, "Get-OciImageFile ./layout app app/run -Platform linux/amd64 | ForEach-Object { \"$($_.Mode) $($_.Mode.Number) $($_.Size) $($_.Uid):$($_.Gid) $($_.Kind)\" }"));
        Assert.Equal(["/etc/motd"], Texts(session, "$i = Get-OciImage ./layout app -Platform linux/amd64; ($i | Get-OciImageFile -Layer $i.Layers[0].DiffId -Path /etc/m*).Path"));
    }

    [Fact]
    public void Content_of_files_is_read_over_links()
    {
        using var session = Open();
        Assert.StartsWith("NAME=\"Example Linux\"", Texts(session, "Get-OciImageFile ./layout app /etc/os-release -Platform linux/amd64 -AsString").Single(), StringComparison.Ordinal);
        var matched = Texts(session, "Get-OciImageFile ./layout app '/*/os-release', /app/run -Platform linux/amd64 -AsString").ToArray();
        Assert.Equal(3, matched.Length); // the name first, then the link and the file
        Assert.Equal(23, matched[0].Length);
        Assert.StartsWith("NAME=\"Example Linux\"", matched[1], StringComparison.Ordinal);
        Assert.Equal(matched[1], matched[2]);
        Assert.Equal(["os-release", "libexample.so.1"], Texts(session, "Get-OciImageFile ./layout app /usr/lib/* -Platform linux/arm64 | Get-OciImageFile -OutFile { Split-Path -Leaf $_.Path } | ForEach-Object Name"));
        Assert.Equal(400, new FileInfo(session.Directory["libexample.so.1"]).Length);
        Assert.Empty(session.RunCleanly("Get-OciImageFile ./layout app /app/run -Platform linux/amd64 -OutFile ./run -WhatIf"));
        Assert.False(File.Exists(session.Directory["run"]));
    }

    [Fact]
    public void A_link_that_cannot_be_followed_does_not_stop_the_other_files()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows creates symbolic links only with a privilege.");
        using var session = SampleLayout.Open();
        session.RunCleanly("""
            $null = New-Item -ItemType Directory ./d; 'text' | Set-Content ./d/b.txt
            $null = New-Item -ItemType SymbolicLink ./d/a -Target c; $null = New-Item -ItemType SymbolicLink ./d/c -Target a
            $null = New-OciImage ./layout -Path ./d -Platform linux/amd64 -Tag loop
            $null = Remove-Item ./d/a, ./d/c; $null = New-Item -ItemType SymbolicLink ./d/a -Target none
            $null = New-OciImage ./layout -Path ./d -Platform linux/amd64 -Tag dangling
            """);

        foreach (string path in new[] { "*", "/a, /b.txt, /c" })
        {
            SessionResult result = session.Run($"Get-OciImageFile ./layout loop {path} -AsString");
            Assert.Equal(["UnsafePath", "UnsafePath"], result.AllErrors.Select(e => e.FullyQualifiedErrorId.Split(',')[0]));
            Assert.Equal("text", Assert.Single(result.Output).ToString()!.TrimEnd());
        }

        foreach (string path in new[] { "*", "/a, /b.txt" })
        {
            SessionResult result = session.Run($"Get-OciImageFile ./layout dangling {path} -AsString");
            System.Management.Automation.ErrorRecord error = Assert.Single(result.AllErrors);
            Assert.StartsWith("NotFound,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
            Assert.Equal("Cannot read '/a' in the image: it is a symbolic link, and its target '/none' does not exist.", error.Exception.Message);
            Assert.Equal("text", Assert.Single(result.Output).ToString()!.TrimEnd());
        }
    }

    [Theory]
    [InlineData("Get-OciImageFile ./layout app", "AmbiguousReference", "-Platform linux/amd64")]
    [InlineData("Get-OciImageFile ./layout app /etc/motd -Platform linux/amd64", "NotFound", "case-sensitive")]
    [InlineData("Get-OciImageFile ./layout app /none -Platform linux/amd64 -AsString", "NotFound", "case-sensitive")]
    [InlineData("Get-OciImageFile ./layout app /etc -Platform linux/amd64 -AsString", "UnsupportedMediaType", "-Path '/etc/*'")]
    [InlineData("Get-OciImageFile ./layout app /.. -Platform linux/amd64 -AsString", "UnsafePath", "from the root of the image")]
    [InlineData("Get-OciImageFile ./layout app etc/../x -Platform linux/amd64", "UnsafePath", "from the root of the image")]
    [InlineData("Get-OciImageFile ./layout app -Platform linux/amd64 -AsString", "MissingPath", "-Path")]
    [InlineData("Get-OciImageFile ./layout app /app/run -Platform linux/amd64 -AsString -OutFile ./x", "ConflictingOutput", "one")]
    [InlineData("Get-OciImageFile ./layout app /usr/lib/* -Platform linux/amd64 -OutFile ./x", "SeveralFiles", "-OutFile {")]
    [InlineData("Get-OciImageFile ./layout app /usr/[ -Platform linux/amd64", "InvalidPattern", "backtick")]
    [InlineData("Get-OciImageFile ./layout app -Platform linux/amd64 -Layer sha256:0000", "NotFound", "Layers")]
    [InlineData("Get-OciImageFile ./layout app /app/run -Platform linux/amd64 -OutFile ./sample.txt", "AlreadyExists", "-Force")]
    [InlineData("Get-OciImageFile ./layout v1", "UnsupportedMediaType", "Get-OciManifest")]
    public void Errors_of_files_name_the_next_step(string line, string id, string advice)
    {
        using var session = Open();
        File.WriteAllText(session.Directory["sample.txt"], "kept");
        var error = Assert.Single(session.Run(line).AllErrors);
        Assert.Equal(id, error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains(advice, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal("kept", File.ReadAllText(session.Directory["sample.txt"]));
    }

    [Fact]
    public void Missing_file_does_not_stop_the_other_ones()
    {
        using var session = Open();
        var result = session.Run("Get-OciImageFile ./layout app /none, /etc -Platform linux/amd64");
        Assert.Single(result.AllErrors);
        Assert.Single(result.Output);
    }

    [Fact]
    public void Image_is_unpacked_to_a_directory()
    {
        using var session = Open();
        Assert.Empty(session.RunCleanly("Expand-OciImage ./layout app ./rootfs -Platform linux/amd64"));
        Assert.Equal("Hello", session.RunCleanly("Get-Content ./rootfs/app/run -Tail 1").Single().ToString().Split('"')[1]);
        Assert.Equal(["os-release"], Texts(session, "(Get-ChildItem ./rootfs/etc).Name"));
        Assert.Equal(4, session.RunCleanly("Expand-OciImage ./layout app ./rootfs -Platform linux/amd64 -Force -PassThru").Count);
    }

    [Fact]
    public void Image_is_unpacked_to_a_tar_archive_of_the_same_bytes()
    {
        using var session = Open();
        Assert.Equal(["one.tar.gz"], Texts(session, "(Expand-OciImage ./layout app ./one.tar.gz -Platform linux/amd64 -PassThru).Name"));
        session.RunCleanly("Expand-OciImage ./layout app ./two.tar.gz -Platform linux/amd64");
        Assert.Equal(File.ReadAllBytes(session.Directory["one.tar.gz"]), File.ReadAllBytes(session.Directory["two.tar.gz"]));
    }

    [Fact]
    public void WhatIf_of_unpacking_writes_nothing()
    {
        using var session = Open();
        var result = session.Run("Expand-OciImage ./layout app ./rootfs -Platform linux/amd64 -WhatIf");
        Assert.Contains("2 layers", Assert.Single(result.WhatIf), StringComparison.Ordinal);
        Assert.False(Directory.Exists(session.Directory["rootfs"]));
    }

    [Theory]
    [InlineData("Expand-OciImage ./layout app", "MissingDestination", "./rootfs")]
    [InlineData("Expand-OciImage ./layout app ./rootfs", "AmbiguousReference", "-Platform linux/amd64")]
    [InlineData("Expand-OciImage ./layout app ./sample.txt -Platform linux/amd64", "InvalidPath", ".tar")]
    [InlineData("Expand-OciImage ./layout app ./mirror -Platform linux/amd64", "AlreadyExists", "-Force")]
    [InlineData("Expand-OciImage ./layout app ./mirror -Platform linux/amd64 -WhatIf", "AlreadyExists", "-Force")]
    [InlineData("Expand-OciImage ./layout app ./sample.tar -Platform linux/amd64", "AlreadyExists", "-Force")]
    [InlineData("Expand-OciImage ./layout app ./rootfs -Platform linux/amd64 -MaximumSize 100", "SizeLimitExceeded", "-MaximumSize")]
    [InlineData("Expand-OciImage ./layout v1 ./rootfs", "UnsupportedMediaType", "Expand-OciArtifact")]
    [InlineData("Expand-OciImage ./layout app ./layout/blobs -Platform linux/amd64 -Force", "UnsafePath", "another -Destination")]
    [InlineData("Expand-OciImage ./layout app ./sample.txt/a -Platform linux/amd64 -Force", "AlreadyExists", "another -Destination")]
    public void Errors_of_unpacking_name_the_next_step_and_write_nothing(string line, string id, string advice)
    {
        using var session = Open();
        File.WriteAllText(session.Directory["sample.txt"], "kept");
        File.WriteAllText(session.Directory["sample.tar"], "kept");
        var error = Assert.Single(session.Run(line).AllErrors);
        Assert.Equal(id, error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains(advice, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.False(Directory.Exists(session.Directory["rootfs"]));
        Assert.Equal("kept", File.ReadAllText(session.Directory["sample.tar"]));
    }

    [Fact]
    public void Detailed_tags_have_the_time_the_platforms_and_the_total_size()
    {
        using var session = Open();
        Assert.Equal(["app 2026-01-01 linux/amd64 linux/arm64 1544", "ci-1   33", "ci-2   33"], Texts(session, """
            Get-OciTag ./layout -Detailed | Select-Object -First 3 | ForEach-Object { "$($_.Tag) $(if ($_.Created) { $_.Created.ToString('yyyy-MM-dd') }) $($_.Platforms) $($_.TotalSize)" }
            """));
        Assert.Equal(["app"], Texts(session, "(Get-OciTag ./layout -Detailed | Sort-Object TotalSize -Descending | Select-Object -First 1).Tag"));
        Assert.Equal(["1544"], Texts(session, "(Get-OciTag ./layout app).TotalSize")); // a layout reads it on demand
        Assert.Equal("ConflictingOutput", session.Run("Get-OciTag ./layout -Detailed -NameOnly").ErrorId);
    }

    [Fact]
    public void Detailed_tag_that_cannot_be_read_is_an_error_and_stays_in_the_list()
    {
        using var session = Open();
        session.RunCleanly("$d = (Get-OciTag ./layout v1).Digest; Remove-Item ./layout/blobs/sha256/$($d.Encoded)");
        var result = session.Run("Get-OciTag ./layout v* -Detailed");
        Assert.Equal("NotFound", result.ErrorId);
        Assert.Equal(2, result.Output.Count);
    }

    [Fact]
    public void Tree_of_referrers_has_depths_and_subjects()
    {
        using var session = Open();
        var archive = Path.Combine(Repository.Root, "tests", "data", "oras.tar");
        Assert.Equal(
            ["1 spdx v1", "2 signature sbom"],
            Texts(session, $$"""
                $v1 = (Get-OciTag '{{archive}}' v1).Digest; $tree = @(Get-OciReferrer '{{archive}}' v1 -Recurse)
                foreach ($r in $tree) { "$($r.Depth) $(if ($r.ArtifactType -like '*spdx*') { 'spdx' } else { 'signature' }) $(if ($r.Subject -eq $v1) { 'v1' } elseif ($r.Subject -eq $tree[0].Digest) { 'sbom' })" }
                """));
        Assert.Single(session.RunCleanly($"Get-OciReferrer '{archive}' v1 -Recurse -ArtifactType *signature*"));
        Assert.Single(session.RunCleanly($"Get-OciReferrer '{archive}' v1"));
    }

    private static ModuleSession Open()
    {
        var session = new ModuleSession();
        session.RunCleanly(ModuleSession.CreateSample);
        return session;
    }

    private static string[] Texts(ModuleSession session, string script) => [.. session.RunCleanly(script).Select(o => o.ToString())];
}
