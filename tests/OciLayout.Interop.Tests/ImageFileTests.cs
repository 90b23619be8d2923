using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Interop.Tests;

/// <summary>Tests that the files of images that umoci made are listed and unpacked as umoci unpacks them, path by path.</summary>
public sealed class ImageFileTests : IDisposable
{
    // Four layers: files of all kinds, then deletions, an opaque directory, replaced files and directories.
    private static readonly string[] Steps =
    [
        """
        mkdir -p etc d/s opq/sub bin repl tmp "$(printf 'l%.0s' $(seq 120))/$(printf 'n%.0s' $(seq 200))"
        echo a > etc/passwd; echo b > d/s/f; echo c > opq/sub/old; echo 1 > repl/x; echo f > f2d; echo old > hl1; ln hl1 hl2
        ln -s ../d/s etc/link; ln -s /etc/passwd abs; cp /bin/ls bin/ls; chmod 4755 bin/ls; chmod 1777 tmp; chmod 2750 d
        echo x > "etc/größe 漢字.txt"; mkfifo fifo; truncate -s 1M sparse; echo x >> sparse; touch -d '2001-02-03 04:05:06.789' etc/passwd
        if [ "$(id -u)" = 0 ]; then chown 1000:1001 d/s/f; mknod null c 1 3 2>/dev/null; mknod blk b 7 300 2>/dev/null; fi; true
        """,
        """
        rm d/s/f; rm -rf opq; mkdir opq; echo new > opq/new; rm hl1; echo new > hl1; rm -rf repl; echo file > repl
        rm f2d; mkdir f2d; echo y > f2d/y; rm abs; mkdir abs; chmod 0700 tmp
        """,
        "rm -rf d; rm repl; ln -s opq repl; echo 3 > etc/passwd; chmod 0400 f2d/y",
    ];

    private readonly TemporaryDirectory _place = new();

    private string Image => _place["store"] + ":x";

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("directory")]
    [InlineData("tar")]
    [InlineData("zstd")]
    public async Task Unpacked_image_equals_that_of_umoci_path_by_path(string how)
    {
        var umoci = await MakeAsync();
        await umoci.RunAsync([.. Unpack("reference")]);
        var image = await ReadAsync();
        if (how == "zstd")
        {
            await Tool.Require("skopeo").RunAsync("copy", "--dest-compress-format", "zstd", $"oci:{Image}", $"oci:{_place["zstd"]}:x");
            var store = OciStore.Open(_place["zstd"]);
            image = await OciImage.SelectAsync(store, store.Resolve("x"));
            Assert.All(image.Layers, l => Assert.EndsWith("+zstd", l.Descriptor.MediaType, StringComparison.Ordinal));
        }

        var options = new ImageExpandOptions { KeepOwners = IsRoot, CreateDevices = IsRoot };
        if (how == "tar")
        {
            new OciImageExpansion(image, options).RunToTar(_place["x.tar"]);
            await ShellAsync($"mkdir '{_place["own"]}'; tar -x -p -f '{_place["x.tar"]}' -C '{_place["own"]}'");
        }
        else
        {
            new OciImageExpansion(image, options).Run(_place["own"]);
        }

        Assert.Equal(await SnapshotAsync(_place["reference", "rootfs"]), await SnapshotAsync(_place["own"]));
    }

    [Fact]
    public async Task Listed_files_equal_those_that_umoci_unpacks()
    {
        var umoci = await MakeAsync();
        await umoci.RunAsync([.. Unpack("reference")]);
        var image = await ReadAsync();
        var files = new OciImageFiles(image);

        var listed = files.List().ToDictionary(f => f.Path);

        var expected = (await ShellAsync($"cd '{_place["reference", "rootfs"]}'; find . -mindepth 1 -printf '/%P|%y|%m|%l\\n' | LC_ALL=C sort")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected, listed.Values.Where(f => f.Path != "/").Select(f => $"{f.Path}|{TypeOf(f)}|{Convert.ToString(f.Mode, 8)}|{(f.Kind == ImageFileKind.SymbolicLink ? f.LinkTarget : "")}").Order(StringComparer.Ordinal));
        foreach (var file in listed.Values.Where(f => f.Kind is ImageFileKind.File or ImageFileKind.HardLink))
        {
            var unpacked = await File.ReadAllBytesAsync(_place["reference", "rootfs"] + file.Path);
            if (file.Kind == ImageFileKind.File) Assert.Equal(unpacked.Length, file.Size);
            using var content = new MemoryStream();
            files.CopyTo(file, content);
            Assert.Equal(unpacked, content.ToArray());
        }
    }

    private static bool IsRoot => Environment.UserName == "root";

    private static string TypeOf(ImageFile file) => file.Kind switch
    {
        ImageFileKind.Directory => "d",
        ImageFileKind.SymbolicLink => "l",
        ImageFileKind.Fifo => "p",
        ImageFileKind.Device => file.IsBlockDevice ? "b" : "c",
        _ => "f",
    };

    private async Task<Tool> MakeAsync()
    {
        var umoci = Tool.Require("umoci");
        await umoci.RunAsync("init", "--layout", _place["store"]);
        await umoci.RunAsync("new", "--image", Image);
        for (var i = 0; i < Steps.Length; i++)
        {
            await umoci.RunAsync([.. Unpack($"bundle{i}")]);
            await ShellAsync($"cd '{_place[$"bundle{i}", "rootfs"]}'; {Steps[i]}");
            await umoci.RunAsync("repack", "--image", Image, _place[$"bundle{i}"]);
        }

        var inserted = _place.NewDirectory("inserted");
        await File.WriteAllTextAsync(Path.Combine(inserted, "i"), "i");
        await umoci.RunAsync("insert", "--image", Image, "--opaque", inserted, "/opq");
        return umoci;
    }

    private IEnumerable<string> Unpack(string bundle) => ((string[])["unpack", .. IsRoot ? [] : (string[])["--rootless"], "--image", Image, _place[bundle]]);

    private async Task<OciImage> ReadAsync()
    {
        var store = OciStore.Open(_place["store"]);
        return await OciImage.SelectAsync(store, store.Resolve("x"));
    }

    // Type, mode, owner, time, link target, and for files the number of hard links, the size and the content.
    private static Task<string> SnapshotAsync(string root) => ShellAsync(
        $"cd '{root}'; find . -printf '%P|%y|%m|%U:%G|%T@|%l\\n' | LC_ALL=C sort; find . -type f -printf '%P|%n|%s\\n' | LC_ALL=C sort; find . -type f -exec sha256sum {{}} + | LC_ALL=C sort; find . -type b -o -type c | LC_ALL=C sort | xargs -r stat -c '%n %t:%T'");

    private static async Task<string> ShellAsync(string script) => (await ExternalProcess.RunAsync("/bin/sh", ["-c", script])).AssertSuccess().Output;
}
