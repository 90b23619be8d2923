using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OciLayout.Files;
using Xunit;

namespace OciLayout.Safety.Windows;

/// <summary>Tests which errors are retried on Windows, how often, and which one is reported. The system is simulated.</summary>
public sealed class WindowsFilesTests
{
    private const string Path = @"C:\store\index.json";

    private readonly List<int> _waits = [];
    private int _calls;
    private int _cleared;

    // Returns the answers one after the other, and repeats the last one.
    private WindowsFiles Playing(bool isReadOnly, params int[] answers)
    {
        int Answer()
        {
            int answer = answers[Math.Min(_calls, answers.Length - 1)];
            _calls++;
            return answer;
        }

        return new WindowsFiles((_, _) => Answer(), (_, _) => Answer(), _ => Answer(), _ => isReadOnly && _cleared++ == 0, _waits.Add);
    }

    [Theory]
    [InlineData(WindowsFiles.SharingViolation)]
    [InlineData(WindowsFiles.LockViolation)]
    [InlineData(WindowsFiles.AccessDenied)]
    public void Transient_error_is_retried(int error)
    {
        Playing(false, error, error, error, 0).Replace(@"C:\store\ingest\x", Path);
        Assert.Equal([0, 1, 2], _waits);
        _waits.Clear();
        _calls = 0;
        Playing(false, error, error, error, 0).Delete(Path);
        Assert.Equal([0, 1, 2], _waits);
    }

    [Theory]
    [InlineData(WindowsFiles.SharingViolation)]
    [InlineData(WindowsFiles.LockViolation)]
    [InlineData(WindowsFiles.AccessDenied)]
    public void Permanent_error_is_reported_after_a_number_of_tries(int error)
    {
        foreach (Action<WindowsFiles> action in (Action<WindowsFiles>[])[w => w.Replace("x", Path), w => w.Delete(Path)])
        {
            _calls = 0;
            IOException told = Assert.Throws<IOException>(() => action(Playing(false, error)));
            Assert.Equal(error, told.HResult & 0xFFFF);
            Assert.Contains(Path, told.Message, StringComparison.Ordinal);
            Assert.Equal(WindowsFiles.Tries + 1, _calls);
        }

        Assert.Equal(2 * WindowsFiles.Tries, _waits.Count);
    }

    [Fact]
    public void Read_only_attribute_is_cleared_once_if_it_prevents_the_operation()
    {
        Playing(true, WindowsFiles.AccessDenied, 0).Delete(Path);
        Assert.Equal((2, 1, 0), (_calls, _cleared, _waits.Count)); // clearing the attribute needs no wait

        (_calls, _cleared) = (0, 0);
        Playing(true, WindowsFiles.SharingViolation, WindowsFiles.SharingViolation, WindowsFiles.AccessDenied, 0).Replace("x", Path);
        Assert.Equal((4, 1, 2), (_calls, _cleared, _waits.Count)); // also after sharing violations

        (_calls, _cleared) = (0, 0);
        Assert.Throws<IOException>(() => Playing(true, WindowsFiles.AccessDenied).Delete(Path));
        Assert.Equal(WindowsFiles.Tries + 1, _calls);
    }

    [Theory]
    [InlineData(WindowsFiles.FileNotFound)]
    [InlineData(WindowsFiles.PathNotFound)]
    public void Missing_file_counts_as_deleted_and_cannot_be_renamed(int error)
    {
        Playing(false, WindowsFiles.SharingViolation, error).Delete(Path);
        Assert.Equal(2, _calls);
        Assert.Throws<FileNotFoundException>(() => Playing(false, error).Replace("x", Path));
    }

    [Theory]
    [InlineData(WindowsFiles.FileExists)]
    [InlineData(WindowsFiles.AlreadyExists)]
    public void Rename_never_replaces_an_existing_file(int error)
    {
        Assert.False(Playing(false, WindowsFiles.SharingViolation, error).TryRename("x", Path));
        _calls = 0;
        Assert.True(Playing(false, WindowsFiles.SharingViolation, 0).TryRename("x", Path));
    }

    [Theory]
    [InlineData(53)] // bad network path
    [InlineData(59)] // unexpected network error
    [InlineData(64)] // network name deleted
    [InlineData(67)] // bad network name
    [InlineData(1231)] // network location cannot be reached
    [InlineData(WindowsFiles.AccessDenied)]
    public void Network_error_does_not_mean_that_a_file_does_not_exist(int error)
    {
        IOException told = Assert.Throws<IOException>(() => WindowsFiles.RequireAbsent(error, Path));
        Assert.Equal(error, told.HResult & 0xFFFF);
        foreach (int absent in (int[])[0, WindowsFiles.FileNotFound, WindowsFiles.PathNotFound]) WindowsFiles.RequireAbsent(absent, Path);
    }

    [Fact]
    public void Flush_is_retried_while_another_program_has_the_file_open()
    {
        int tries = 0;
        Playing(false, 0).Flush(Path, _ => tries++ < 3 ? WindowsFiles.SharingViolation : 0);
        Assert.Equal([0, 1, 2], _waits);
    }

    [Fact]
    public void Other_errors_are_not_retried()
    {
        const int diskFull = 112;
        IOException error = Assert.Throws<IOException>(() => Playing(false, diskFull).Replace("x", Path));
        Assert.Equal((diskFull, 1, 0), (error.HResult & 0xFFFF, _calls, _waits.Count));
    }

    [Fact]
    public void Long_paths_get_the_prefix_that_they_need_and_lose_it_again()
    {
        string name = string.Concat(Enumerable.Repeat(@"\" + new string('d', 64), 4));
        Assert.Equal(@"\\?\C:" + name, WindowsFiles.Extended("C:" + name));
        Assert.Equal(@"\\?\UNC\server\share" + name, WindowsFiles.Extended(@"\\server\share" + name));
        foreach (string path in (string[])[@"C:\short", @"\\server\share", @"\\?\C:" + name, @"\\.\pipe" + name])
            Assert.Equal(path, WindowsFiles.Extended(path));
        foreach (string path in (string[])["C:" + name, @"\\server\share" + name, @"C:\short", @"\\server\share"])
            Assert.Equal(path, WindowsFiles.Plain(WindowsFiles.Extended(path)));
    }

    [Theory]
    [InlineData(0xA000000C, true)] // symbolic link
    [InlineData(0xA0000003, true)] // junction, mounted volume
    [InlineData(0xA000001D, true)] // link of the Linux subsystem
    [InlineData(0x80000013, false)] // deduplicated
    [InlineData(0x9000601A, false)] // OneDrive
    [InlineData(0x80000017, false)] // compressed by the system (WOF)
    [InlineData(0u, false)]
    public void Only_reparse_points_to_another_file_are_links(uint tag, bool isLink) => Assert.Equal(isLink, WindowsFiles.IsLink(tag));
}
