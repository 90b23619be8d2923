using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.Versioning;
using OciLayout.Files;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Files;

/// <summary>Tests files that are written and directories that are listed through an open directory.</summary>
public sealed class FolderTests : IDisposable
{
    private static readonly DateTimeOffset Time = new(2001, 2, 3, 4, 5, 6, TimeSpan.Zero);

    private readonly TemporaryDirectory _place = new();
    private readonly string _path;
    private readonly IFolder _folder;

    public FolderTests()
    {
        _path = _place.NewDirectory("folder");
        _folder = Folder.Open(_path);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _place.Dispose();
    }

    [Theory]
    [InlineData("file")]
    [InlineData("directory")]
    [InlineData("link")]
    [InlineData("dangling")]
    public void Nothing_is_written_to_a_name_that_exists(string name)
    {
        if (OperatingSystem.IsWindows() && name is "link" or "dangling") Assert.Skip("Links need a privilege on Windows.");
        File.WriteAllText(Path.Combine(_path, "file"), "old");
        Directory.CreateDirectory(Path.Combine(_path, "directory"));
        if (name == "link") File.CreateSymbolicLink(Path.Combine(_path, name), "file");
        if (name == "dangling") File.CreateSymbolicLink(Path.Combine(_path, name), "nothing");

        Assert.False(_folder.TryWriteFile(name, new EntryAttributes(0x1FF, null, Time), _ => Assert.Fail("It was written.")));
        Assert.Equal("old", File.ReadAllText(Path.Combine(_path, "file")));
        Assert.False(File.Exists(Path.Combine(_path, "nothing")));
    }

    [Theory]
    [InlineData(0x9A4)] // 04644
    [InlineData(0)]
    [InlineData(0x1FF)] // 0777
    public void New_file_gets_its_attributes(int mode)
    {
        Assert.True(_folder.TryWriteFile("new", new EntryAttributes(mode, null, Time), file => file.Write("content"u8)));

        Assert.Equal(Time.UtcDateTime, File.GetLastWriteTimeUtc(Path.Combine(_path, "new")));
        if (!OperatingSystem.IsWindows()) Assert.Equal((UnixFileMode)mode, File.GetUnixFileMode(Path.Combine(_path, "new")));
        Assert.Equal("new", Assert.Single(_folder.List("")).Name);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void File_without_attributes_is_private()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows files have no mode.");
        Assert.True(_folder.TryWriteFile("new", default, _ => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_path, "new")))));
    }

    [Fact]
    public void Link_to_a_directory_is_listed_as_a_link()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        Directory.CreateDirectory(Path.Combine(_path, "directory"));
        Directory.CreateSymbolicLink(Path.Combine(_path, "link"), "directory");
        File.WriteAllText(Path.Combine(_path, "directory", "file"), "");

        Assert.Equal([("directory", true), ("link", false)], _folder.List("").OrderBy(e => e.Name, StringComparer.Ordinal));
        Assert.Equal([("file", false)], _folder.List("directory"));
    }

    public static TheoryData<string> Operations => [.. s_operations.Keys];

    private static readonly Dictionary<string, Action<IFolder, string>> s_operations = new()
    {
        ["Stat"] = (f, n) => f.Stat(n),
        ["List"] = (f, n) => f.List(n),
        ["Open"] = (f, n) => f.Open(n).Dispose(),
        ["CreatePrivate"] = (f, n) => f.CreatePrivate(n).Dispose(),
        ["CreateDirectory"] = (f, n) => f.CreateDirectory(n),
        ["WriteFile"] = (f, n) => f.WriteFile(n, 0x180, _ => { }),
        ["TryWriteFile"] = (f, n) => f.TryWriteFile(n, default, _ => { }),
        ["CreateLink"] = (f, n) => f.CreateLink(n, "target", false),
        ["TryLock"] = (f, n) => f.TryLock(n)?.Dispose(),
        ["TryLink"] = (f, n) => f.TryLink("file", f, n),
        ["TryMove"] = (f, n) => f.TryMove("file", f, n),
        ["Replace"] = (f, n) => f.Replace("file", f, n),
        ["SetMode"] = (f, n) => f.SetMode(n, 0x1FF),
        ["CreateNode"] = (f, n) => f.CreateNode(n, 0x1000, default),
        ["SetAttributes"] = (f, n) => f.SetAttributes(n, new EntryAttributes(0x1FF, null, Time)),
        ["Delete"] = (f, n) => f.Delete(n),
        ["DeleteDirectory"] = (f, n) => f.DeleteDirectory(n),
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public void Errors_name_the_path_that_the_user_knows(string operation)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems access directories by their paths.");
        var outside = _place.NewDirectory("outside");
        File.WriteAllText(Path.Combine(_path, "file"), "");
        Directory.CreateSymbolicLink(Path.Combine(_path, "link"), outside);

        foreach (var name in new[] { new string('n', 300), "link/x", "missing/x", "file/x" })
        {
            var error = Record.Exception(() => s_operations[operation](_folder, name));
            if (error is null) continue;
            Assert.DoesNotContain("/proc/", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("links in a store", error.Message, StringComparison.Ordinal);
            Assert.Contains(Path.Combine(_path, name.Split('/')[0]), error.Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFileSystemEntries(outside));
    }
}
