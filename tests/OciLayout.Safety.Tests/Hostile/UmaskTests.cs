using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using OciLayout.Model;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety.Hostile;

/// <summary>Tests the modes of files under a umask and in a shared layout, as documented in docs/guarantees.md.</summary>
public sealed class UmaskTests
{
    private const string Variable = "OCILAYOUT_UMASK_LAYOUT";
    private const UnixFileMode Plain = (UnixFileMode)0x1A4; // 0644
    private const UnixFileMode Lock = (UnixFileMode)0x180; // 0600: readers of the store cannot hold a lock
    private const UnixFileMode SharedWrite = (UnixFileMode)0x12; // 0022
    private const UnixFileMode Sealed = (UnixFileMode)0x124; // 0444
    private const UnixFileMode Output = (UnixFileMode)0x1B6; // 0666: an output file outside of the store has the default mode

    [Theory]
    [InlineData("0000")]
    [InlineData("0002")]
    [InlineData("0022")]
    [InlineData("0027")]
    [InlineData("0077")]
    [InlineData("0177")]
    public async Task File_modes_respect_the_umask(string umask)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");
        Assert.SkipWhen(umask == "0177" && !Environment.IsPrivilegedProcess, "Only root enters the directories that this umask makes.");
        using var directory = new TemporaryDirectory();
        string root = directory["layout"];
        string method = $"{typeof(UmaskTests)}.{nameof(Store_in_another_process)}";
        string[] command = ["-c", $"umask {umask}; exec '{Environment.ProcessPath}' -method '{method}' -explicit only"];
        var environment = new Dictionary<string, string?> { [Variable] = root };
        (await ExternalProcess.RunAsync("/bin/sh", command, environment: environment, timeout: TimeSpan.FromMinutes(5))).AssertSuccess();

        UnixFileMode mask = (UnixFileMode)Convert.ToInt32(umask, 8);
        UnixFileMode plain = (Plain | SharedWrite) & ~mask; // a layout is shared if others may write to its directory
        UnixFileMode locks = umask switch { "0000" => Output, "0002" => Output & ~(UnixFileMode)0x7, "0177" => Lock & ~mask, _ => Lock };
        Assert.All(new DirectoryInfo(root).EnumerateFiles(), f => Assert.Equal((f.Name, plain), (f.Name, f.UnixFileMode)));
        Assert.All(new DirectoryInfo(Path.Combine(root, "ingest")).EnumerateFiles(".*"), f => Assert.Equal((f.Name, locks), (f.Name, f.UnixFileMode)));
        Assert.Equal(Output & ~mask, new FileInfo(root + ".out").UnixFileMode);
        FileInfo[] blobs = new DirectoryInfo(Path.Combine(root, "blobs", "sha256")).GetFiles();
        Assert.Equal(4, blobs.Length);
        Assert.All(blobs, f =>
        {
            bool isManifest = File.ReadAllText(f.FullName).StartsWith("{\"schemaVersion\"", StringComparison.Ordinal);
            Assert.Equal(isManifest ? plain : Sealed & ~mask, f.UnixFileMode);
        });
    }

    /// <summary>Creates every kind of file in another process, including a blob that becomes a manifest later.</summary>
    [Fact(Explicit = true)]
    public void Store_in_another_process()
    {
        string root = Environment.GetEnvironmentVariable(Variable) ?? throw new InvalidOperationException("The test starts this.");
        OciStore store = OciStore.Create(root);
        Descriptor config = Push(store, "{}", MediaTypes.Empty);
        Push(store, new string('x', 200_000), MediaTypes.OctetStream);
        string text = $$"""{"schemaVersion":2,"config":{{Encoding.UTF8.GetString(DescriptorJson.Write(config))}},"layers":[]}""";
        Push(store, text, MediaTypes.OctetStream); // a blob until it is pushed as a manifest
        Descriptor image = Push(store, text, MediaTypes.ImageManifest);
        Push(store, text + " ", MediaTypes.ImageManifest);
        store.Tag(image, "v1");
        store.FetchToFile(image, root + ".out");
    }

    private static Descriptor Push(OciStore store, string text, string type) =>
        store.Push(new PushRequest { MediaType = type }, new MemoryStream(Encoding.UTF8.GetBytes(text))).Descriptor;
}
