using System.IO;
using System.Linq;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

public class StoreCommandTests
{
    [Fact]
    public void New_store_is_a_layout_that_prints_as_its_path()
    {
        using var session = new ModuleSession();

        dynamic store = Assert.Single(session.RunCleanly("New-OciStore ./layout"));

        string path = session.Directory["layout"];
        Assert.Equal(path, store.Path);
        Assert.Equal(path, store.ToString());
        Assert.Equal(0, store.TagCount);
        Assert.True(store.AutoSaveIndex && store.AutoGC && !store.ReadOnly);
        Assert.True(File.Exists(Path.Combine(path, "oci-layout")) && File.Exists(Path.Combine(path, "index.json")));
    }

    [Fact]
    public void New_store_opens_an_existing_layout()
    {
        using var session = SampleLayout.Open();
        string before = SampleLayout.Index(session);

        dynamic store = Assert.Single(session.RunCleanly("New-OciStore ./layout -ManualSave -NoAutoGC -NoFlush"));

        Assert.Equal(3, store.TagCount);
        Assert.False(store.AutoSaveIndex || store.AutoGC);
        Assert.Equal(before, SampleLayout.Index(session));
    }

    [Fact]
    public void New_store_refuses_a_directory_with_other_files_without_Force()
    {
        using var session = new ModuleSession();
        string file = session.Directory.NewFile("photos/cat.jpg", [1]);

        Assert.Equal("InvalidLayout", session.Run("New-OciStore ./photos").ErrorId);
        Assert.Single(session.RunCleanly("New-OciStore ./photos -Force"));
        Assert.True(File.Exists(file));
    }

    [Fact]
    public void New_store_takes_literal_paths_from_the_pipeline()
    {
        using var session = new ModuleSession();

        var stores = session.RunCleanly("'./a[1]', './ä b' | New-OciStore");

        Assert.Equal([session.Directory["a[1]"], session.Directory["ä b"]], stores.Select(s => s.ToString()));
    }

    [Theory]
    [InlineData("New-OciStore", "MissingPath")]
    [InlineData("Get-OciStore", "MissingPath")]
    [InlineData("Get-OciStore ./nowhere", "NotFound")]
    [InlineData("Get-OciStore .", "InvalidLayout")]
    [InlineData("Get-OciStore ''", "InvalidPath")]
    [InlineData("$null | Get-OciStore", "InvalidInput")]
    [InlineData("New-OciStore Variable:/x", "InvalidPath")]
    public void Invalid_paths_have_an_error_id(string line, string id)
    {
        using var session = new ModuleSession();
        Assert.Equal(id, session.Run(line).ErrorId);
        Assert.Empty(Directory.EnumerateFileSystemEntries(session.Directory.Path));
    }

    [Fact]
    public void Get_store_opens_several_stores_and_reports_invalid_ones()
    {
        using var session = new ModuleSession();
        session.Directory.NewDirectory("b");

        var result = session.Run("$null = './a', './c' | New-OciStore; Get-OciStore ./*");

        Assert.Equal([session.Directory["a"], session.Directory["c"]], result.Output.Select(s => s.ToString()).Order());
        Assert.Equal("InvalidLayout", result.ErrorId);
        Assert.Equal("./*", result.Errors[0].TargetObject);
    }

    [Fact]
    public void Get_store_takes_literal_paths_and_directories_from_the_pipeline()
    {
        using var session = new ModuleSession();
        session.RunCleanly("New-OciStore './a[1]'");

        Assert.Single(session.RunCleanly("Get-OciStore -LiteralPath './a[1]'"));
        Assert.Single(session.RunCleanly("[IO.DirectoryInfo]\"$PWD/a[1]\" | Get-OciStore"));
        Assert.Single(session.RunCleanly("$ExecutionContext.InvokeProvider.ChildItem.Get('.', $false) | Get-OciStore"));
        Assert.Single(session.RunCleanly("Get-OciStore ([IO.DirectoryInfo]\"$PWD/a[1]\")"));
        Assert.Single(session.RunCleanly("$null = $ExecutionContext.SessionState.Path.SetLocation('./a`[1`]'); Get-OciStore"));
    }

    [Fact]
    public void Get_store_never_writes()
    {
        using var session = new ModuleSession();
        string layout = RealLayout.Unpack("regctl.tar", session.Directory);
        string[] before = Snapshot(layout);

        session.RunCleanly("Get-OciStore ./regctl | Get-OciTag | Get-OciDescriptor -Recurse");

        Assert.Equal(before, Snapshot(layout));
    }

    [Fact]
    public void Manual_save_is_pending_until_Save_OciIndex()
    {
        using var session = SampleLayout.Open();
        string before = SampleLayout.Index(session);
        session.RunCleanly("$m = Get-OciStore ./layout -ManualSave; Set-OciTag $m v3 -Reference v1");

        Assert.Equal(before, SampleLayout.Index(session));
        Assert.Contains("v3", session.RunCleanly("Get-OciTag $m").Select(t => t.ToString()));

        Assert.Empty(session.RunCleanly("Save-OciIndex $m -WhatIf"));
        Assert.Equal(before, SampleLayout.Index(session));

        Assert.Equal(session.Directory["layout"], Assert.Single(session.RunCleanly("$m | Save-OciIndex -PassThru")).ToString());
        Assert.Contains("\"v3\"", SampleLayout.Index(session));
        Assert.Empty(session.RunCleanly("Save-OciIndex $m"));
    }

    private static string[] Snapshot(string directory) =>
        [.. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Order(System.StringComparer.Ordinal)
            .Select(p => $"{p} {File.GetLastWriteTimeUtc(p).Ticks} {SampleLayout.Digest(File.ReadAllText(p, System.Text.Encoding.Latin1))}")];
}
