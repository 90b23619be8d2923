using System;
using System.IO;
using System.Linq;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Tests that paths are resolved by PowerShell, not by the process.</summary>
public class PathTests
{
    [Fact]
    public void Paths_are_relative_to_the_location_not_to_the_directory_of_the_process()
    {
        using var session = SampleLayout.Open();
        session.Directory.NewFile("sub/x.bin", "x"u8);

        var output = session.RunCleanly("""
            $null = $ExecutionContext.SessionState.Path.SetLocation('sub')
            (Get-OciStore ../layout).Path
            (New-OciStore ./inner).Path
            (Push-OciBlob ./inner ./x.bin).Store.Path
            (Push-OciBlob ./inner x.*).Store.Path
            (Get-OciBlob ../layout v1 ./out.json).FullName
            [Environment]::CurrentDirectory
            """).Select(o => o.ToString()).ToArray();

        string inner = session.Directory["sub", "inner"];
        Assert.Equal([session.Directory["layout"], inner, inner, inner, session.Directory["sub", "out.json"]], output[..5]);
        Assert.NotEqual(session.Directory["sub"], output[5]);
    }

    [Fact]
    public void A_store_keeps_its_path_when_the_location_changes()
    {
        using var session = SampleLayout.Open();
        session.Directory.NewDirectory("elsewhere");
        Assert.Equal("latest v1 v2", string.Join(' ', session.RunCleanly("$null = $ExecutionContext.SessionState.Path.SetLocation('elsewhere'); Get-OciTag $s")));
    }

    [Theory]
    [InlineData("with [brackets] and blanks")]
    [InlineData("ümläut-日本-😀")]
    [InlineData("star-[*]?")]
    [InlineData("$dollar'quote")]
    [InlineData("-dash")]
    public void Names_of_stores_and_files_are_literal(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() && name.Contains('*'), "No such name on Windows.");
        using var session = new ModuleSession();
        session.Set("name", name);
        session.Directory.NewFile("files/" + name, "content"u8);

        var output = session.RunCleanly("""
            $store = New-OciStore "./$name"
            (Push-OciBlob "./$name" -LiteralPath "files/$name").Digest | Get-OciBlob -Store "./$name" -AsString
            ([IO.FileInfo]"$PWD/files/$name" | Push-OciBlob $store) | Get-OciBlob -OutFile "./$name.out"
            (Get-OciStore -LiteralPath "./$name").Path
            (Get-OciStore ([IO.DirectoryInfo]"$PWD/$name")).Path
            $PSDefaultParameterValues['*-Oci*:Store'] = "./$name"
            @(Get-OciTag).Count
            """).Select(o => o.ToString()).ToArray();

        Assert.Equal(["content", session.Directory[name + ".out"], session.Directory[name], session.Directory[name], "0"], output);
        Assert.Equal("content", File.ReadAllText(session.Directory[name + ".out"]));
    }

    [Fact]
    public void Drives_and_home_are_resolved()
    {
        using var session = SampleLayout.Open();

        var output = session.RunCleanly("""
            $null = $ExecutionContext.SessionState.Drive.New([Management.Automation.PSDriveInfo]::new('Shelf', (Get-PSProvider2 FileSystem), "$PWD", '', $null), 'Global')
            (Get-OciStore Shelf:/layout).Path
            (Get-OciTag Shelf:/layout v1).Store.Path
            (Get-OciTag Shelf:\layout v1).Store.Path
            (Get-OciTag FileSystem::$PWD/layout v1).Store.Path
            (Get-OciBlob Shelf:/layout v1 Shelf:/out.json).FullName
            try { Get-OciStore ~/surely-not-there-4711 -ErrorAction Stop } catch { $_.Exception.Subject }
            """.Replace("(Get-PSProvider2 FileSystem)", "$ExecutionContext.SessionState.Provider.GetOne('FileSystem')", StringComparison.Ordinal)).Select(o => o.ToString()).ToArray();

        Assert.All(output[..4], p => Assert.Equal(session.Directory["layout"], p));
        Assert.Equal(session.Directory["out.json"], output[4]);
        Assert.Equal(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), "surely-not-there-4711"), output[5]);
    }

    [Theory]
    [InlineData("New-OciStore Env:/x")]
    [InlineData("Get-OciStore Function:/x")]
    [InlineData("Get-OciStore Env:*")]
    [InlineData("Get-OciTag Variable:/x")]
    [InlineData("Push-OciBlob ./layout Env:/PATH")]
    [InlineData("Push-OciBlob ./layout -LiteralPath Env:/PATH")]
    [InlineData("Get-OciBlob ./layout v1 Env:/x")]
    [InlineData("Get-OciTag NoDrive:/x")]
    public void Other_providers_are_refused(string line)
    {
        using var session = SampleLayout.Open();
        Assert.Equal("InvalidPath", session.Run(line).ErrorId);
    }

    [Fact]
    public void A_location_of_another_provider_is_not_a_store()
    {
        using var session = SampleLayout.Open();
        Assert.Equal("MissingStore", session.Run("$null = $ExecutionContext.SessionState.Path.SetLocation('Env:'); Get-OciTag").ErrorId);
    }

    [Theory]
    [InlineData("//no-such-host/share/layout")]
    [InlineData(@"\\no-such-host\share\layout")]
    public void A_path_that_looks_like_a_share_is_a_file_path(string path)
    {
        using var session = SampleLayout.Open();
        Assert.Equal("NotFound", session.Run("Get-OciStore -LiteralPath $args[0]", path).ErrorId);
        Assert.Equal("NotFound", session.Run("Get-OciTag $args[0]", path).ErrorId);
    }

    [Fact]
    public void A_long_path_works()
    {
        using var session = new ModuleSession();
        string path = session.Directory[string.Join('/', Enumerable.Repeat(new string('d', 200), 15))];
        var output = session.RunCleanly("(New-OciStore $args[0]).Path; ('content' | Push-OciBlob $args[0] | Get-OciBlob -AsString)", path);
        Assert.Equal([path, "content"], output.Select(o => o.ToString()));
    }

    [Theory]
    [InlineData("New-OciStore $args[0]")]
    [InlineData("Get-OciTag $args[0]")]
    [InlineData("Push-OciBlob ./layout $args[0]")]
    public void An_overlong_path_is_reported(string line)
    {
        using var session = SampleLayout.Open();
        Assert.Equal("PathTooLong", session.Run(line, session.Directory[new string('n', 300)]).ErrorId);
        Assert.Equal("PathTooLong", session.Run(line, session.Directory[string.Join('/', Enumerable.Repeat(new string('d', 200), 30))]).ErrorId);
    }
}
