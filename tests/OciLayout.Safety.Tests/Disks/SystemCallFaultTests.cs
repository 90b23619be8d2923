using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety.Disks;

/// <summary>Tests errors of system calls that a simulated file system cannot return. strace injects them.</summary>
public sealed class SystemCallFaultTests : IDisposable
{
    private const string Change = "config\tc\nlayer\tl\nmanifest\tm\ntag\tv1\ncollect\t\n";

    private readonly TemporaryDirectory _directory = new();
    private readonly string _root;

    public SystemCallFaultTests()
    {
        Assert.SkipUnless(ExternalProcess.Find("strace") is not null, "The program strace is not installed.");
        OciStore.Create(_root = _directory["layout"]);
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("ENOLCK")]
    [InlineData("ENOSYS")]
    [InlineData("EOPNOTSUPP")]
    [InlineData("EIO")]
    public async Task File_system_without_locks_is_an_error_and_nothing_changes(string error)
    {
        byte[] before = File.ReadAllBytes(Path.Combine(_root, "index.json"));
        ProcessResult run = await Run($"-e inject=flock:error={error}", "config\tc\n");
        Assert.Contains("refused StoreBusy", run.AssertSuccess().Output, StringComparison.Ordinal);
        Assert.DoesNotContain("pushed", run.Output, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(_root, "index.json")));
    }

    [Theory]
    [InlineData("fsync")]
    [InlineData("flock")]
    [InlineData("openat2")]
    [InlineData("pwrite64")]
    public async Task Call_that_a_signal_interrupts_is_repeated(string call)
    {
        ProcessResult run = await Run($"-e inject={call}:error=EINTR:when=1+2", Change);
        Assert.Contains("collected 0", run.AssertSuccess().Output, StringComparison.Ordinal);
        Assert.Equal(["v1"], OciStore.Open(_root).GetTags().Select(t => t.Tag));
        Invariant.Check(_root);
    }

    [Theory]
    [InlineData("ENOSYS")] // an older kernel
    [InlineData("EPERM")] // a container that filters system calls
    public async Task System_without_openat2_is_used_and_links_are_refused(string error)
    {
        ProcessResult run = await Run($"-e inject=openat2:error={error}", Change);
        Assert.Contains("collected 0", run.AssertSuccess().Output, StringComparison.Ordinal);
        Invariant.Check(_root);

        string ingest = Path.Combine(_root, "ingest");
        Directory.Move(ingest, _directory["moved"]);
        Directory.CreateSymbolicLink(ingest, _directory.NewDirectory("outside"));
        run = await Run($"-e inject=openat2:error={error}", "config\tc\n");
        Assert.Contains("refused InvalidLayout", run.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory["outside"]));
    }

    [Fact]
    public async Task Write_of_no_bytes_is_an_error_and_not_an_endless_loop()
    {
        ProcessResult run = await Run("-e inject=pwrite64:retval=0", Change);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("accepted no data", run.Output, StringComparison.Ordinal);
        Assert.Empty(OciStore.Open(_root).GetEntries());
    }

    [Fact]
    public async Task File_with_a_lease_of_another_process_is_read()
    {
        ProcessResult run = await Run($"-P '{Path.Combine(_root, "index.json")}' -e inject=openat:error=EAGAIN:when=1", Change);
        Assert.Contains("tagged v1", run.AssertSuccess().Output, StringComparison.Ordinal);
    }

    private async Task<ProcessResult> Run(string faults, string steps)
    {
        string input = _directory.NewFile("input", Encoding.UTF8.GetBytes($"step\t{_root}\tflush=yes\ttimeout=0\n{steps}"));
        string worker = typeof(SystemCallFaultTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "Worker").Value!;
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var environment = new Dictionary<string, string?> { ["DOTNET_TieredCompilation"] = "1", ["DOTNET_DbgEnableMiniDump"] = "0" };
        string command = $"exec strace -f -o /dev/null {faults} '{dotnet}' '{worker}' < '{input}'";
        ProcessResult run = await ExternalProcess.RunAsync("/bin/sh", ["-c", command], environment: environment, timeout: TimeSpan.FromMinutes(5));
        Assert.SkipWhen(run.Error.Contains("PTRACE", StringComparison.Ordinal), "Tracing is not allowed here.");
        return run;
    }
}
