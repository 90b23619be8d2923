using System;
using System.IO;
using System.Net.Sockets;
using System.Runtime.Versioning;
using OciLayout.Common;
using OciLayout.Files;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Tests.Files;

/// <summary>Tests that a file that was replaced after its directory was listed does not lead out of a packed directory.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PackedFilesTests : IDisposable
{
    private readonly TemporaryDirectory _place = new();
    private readonly string _path;

    public PackedFilesTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems open files by their paths.");
        _path = _place.NewDirectory("packed");
        Directory.CreateDirectory(Path.Combine(_path, "d"));
        File.WriteAllText(Path.Combine(_path, "f"), "ours");
        File.WriteAllText(Path.Combine(_path, "d", "f"), "ours");
        File.WriteAllText(Path.Combine(_place.NewDirectory("outside"), "f"), "secret");
    }

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("f")]
    [InlineData("d/f")]
    public void File_that_becomes_a_link_or_is_below_one_is_refused(string name)
    {
        var file = new FileInfo(Path.Combine(_path, name));
        using (var content = new StreamReader(new PackedFiles(_path).Open(file))) Assert.Equal("ours", content.ReadToEnd());
        var replaced = Path.Combine(_path, name.Split('/')[0]);
        if (name == "f") File.Delete(replaced);
        else Directory.Delete(replaced, recursive: true);
        File.CreateSymbolicLink(replaced, name == "f" ? "../outside/f" : "../outside");

        var error = Sandbox.Refused(OciErrorKind.UnsafePath, () => new PackedFiles(_path).Open(file).Dispose(), file.FullName);
        Assert.DoesNotContain("store", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Link_in_the_path_that_the_user_names_is_followed()
    {
        File.CreateSymbolicLink(_place["link"], "packed");
        using var content = new StreamReader(new PackedFiles(_place["link"]).Open(new FileInfo(_place["link/d/f"])));
        Assert.Equal("ours", content.ReadToEnd());
    }

    [Fact]
    public void Link_that_becomes_a_file_is_refused()
    {
        var path = Path.Combine(_path, "f");
        Sandbox.Refused(Polyfill.HasLinkTargets ? OciErrorKind.UnsafePath : OciErrorKind.UnsupportedMediaType, () => PackedFiles.ReadLink(new FileInfo(path)), path);
    }

    [Fact]
    public void Socket_or_pipe_is_not_reported_as_missing()
    {
        var path = Path.Combine(_path, "socket");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        Sandbox.Refused(OciErrorKind.UnsupportedMediaType, () => new PackedFiles(_path).Open(new FileInfo(path)).Dispose(), path, "socket");
    }
}
