using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Safety.Disks;

/// <summary>Tests that a real process makes the system calls that <see cref="PowerLossTests"/> simulates for a push and a tag.</summary>
public sealed partial class SystemCallTests
{
    [Fact]
    public async Task Data_is_flushed_then_renamed_then_the_directories_then_the_index()
    {
        using var directory = new TemporaryDirectory();
        List<string> calls = await Trace(directory, flush: true);
        string all = string.Join('\n', calls);

        foreach (string blob in (string[])["config", "layer", "manifest"])
        {
            int renamed = calls.FindIndex(c => c.StartsWith("rename ", StringComparison.Ordinal) && c.EndsWith(" " + blob, StringComparison.Ordinal));
            Assert.True(renamed >= 0, $"{blob} is not renamed:\n{all}");
            string upload = calls[renamed].Split(' ')[1];
            Assert.True(calls.LastIndexOf("write " + upload, renamed) is var written && written >= 0 && calls.IndexOf("fsync " + upload, written) is var flushed && flushed > written && flushed < renamed, $"{blob} is renamed before it is flushed:\n{all}");
            Assert.True(calls.IndexOf("fsync blobs/sha256", renamed) > 0, $"The directory of {blob} is not flushed:\n{all}");
        }

        List<int> saves = [.. Enumerable.Range(0, calls.Count).Where(i => calls[i].EndsWith(" index.json", StringComparison.Ordinal) && calls[i].StartsWith("rename ", StringComparison.Ordinal))];
        Assert.Equal(2, saves.Count); // the manifest is listed, then tagged
        foreach (int save in saves)
        {
            string temporary = calls[save].Split(' ')[1];
            Assert.Equal(["write " + temporary, "fsync " + temporary, calls[save], "fsync ."], calls.Where((c, i) => c.Contains(temporary, StringComparison.Ordinal) || i == save + 1));
        }

        int manifest = calls.FindIndex(c => c.EndsWith(" manifest", StringComparison.Ordinal));
        Assert.InRange(calls.IndexOf("fsync blobs/sha256", manifest), manifest, saves[0]);
        Assert.True(calls.IndexOf("mkdir blobs/sha256") is var made && made >= 0 && calls.IndexOf("fsync blobs", made) > made, $"The new directory's own name is not flushed:\n{all}");
        Assert.Contains("fsync ..", calls);
        Assert.DoesNotContain(calls, c => c is "write index.json" or "ftruncate index.json" || c.StartsWith("unlink index.json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NoFlush_flushes_only_the_index_and_makes_the_same_other_calls()
    {
        using var directory = new TemporaryDirectory();
        List<string> with = await Trace(directory, flush: true);
        List<string> without = await Trace(directory, flush: false);

        // A new index is always flushed: an empty index would lose every tag, not only the unflushed ones.
        Assert.All(without.Where(c => c.StartsWith("fsync", StringComparison.Ordinal)), c => Assert.EndsWith(".tmp", c, StringComparison.Ordinal));
        Assert.Equal(2, without.Count(c => c.StartsWith("fsync", StringComparison.Ordinal)));
        Assert.Equal(Other(with), Other(without));

        static IEnumerable<string> Other(List<string> calls) => calls.Where(c => !c.StartsWith("fsync", StringComparison.Ordinal));
    }

    // Returns each call as its name and its paths in the layout. Session ids and the digests of content are replaced by fixed names.
    private static async Task<List<string>> Trace(TemporaryDirectory directory, bool flush)
    {
        Assert.SkipUnless(ExternalProcess.Find("strace") is not null, "strace is not installed.");
        string root = Path.Combine(directory.NewDirectory(flush ? "with" : "without"), "store");
        OciStore.Create(root, new OciStoreOptions { Flush = flush });
        string trace = directory[$"trace-{flush}"];
        string input = directory.NewFile("input", System.Text.Encoding.UTF8.GetBytes($"step\t{root}\tflush={(flush ? "yes" : "no")}\nconfig\tc\nlayer\tl\nmanifest\tm\ntag\tv1\n"));
        string worker = typeof(SystemCallTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "Worker").Value!;
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        const string Calls = "trace=write,pwrite64,pwritev,fsync,fdatasync,sync,syncfs,sync_file_range,rename,renameat,renameat2,link,linkat,unlink,unlinkat,ftruncate,truncate,mkdir,mkdirat";
        ProcessResult run = await ExternalProcess.RunAsync("sh", ["-c", $"exec strace -f -y -o '{trace}' -e {Calls} '{dotnet}' '{worker}' < '{input}'"]);
        Assert.SkipWhen(run.Error.Contains("PTRACE", StringComparison.Ordinal), "Tracing is not allowed here.");
        string[] said = run.AssertSuccess().Output.Split('\n');
        var names = new Dictionary<string, string>();
        foreach ((string line, string name) in said.Where(l => l.Contains(" sha256:", StringComparison.Ordinal)).Zip((string[])["config", "layer", "manifest"]))
            names["blobs/sha256/" + line.Split("sha256:")[1].Trim()] = name;
        return [.. File.ReadLines(trace).Select(l => Simplify(l, root, names)).OfType<string>()];
    }

    private static string? Simplify(string line, string root, Dictionary<string, string> names)
    {
        if (Call().Match(line) is not { Success: true } call || line.Contains(" = -1 ", StringComparison.Ordinal)) return null;
        var paths = new List<string>();
        bool hasNames = call.Groups[1].Value.EndsWith("at", StringComparison.Ordinal) || call.Groups[1].Value == "renameat2";
        foreach (Match path in (hasNames ? NameInDirectory() : PathName()).Matches(line))
        {
            string relative = Path.GetRelativePath(root, Path.Combine(path.Groups[1].Value, path.Groups[2].Value));
            if (relative is not (".." or ".") && (relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative))) continue;
            relative = Session().Replace(relative, "ingest/id");
            paths.Add(names.GetValueOrDefault(relative, relative));
        }

        string name = call.Groups[1].Value switch
        {
            "pwrite64" or "pwritev" => "write",
            "fdatasync" => "fsync",
            "renameat" or "renameat2" => "rename",
            "unlinkat" => "unlink",
            "mkdirat" => "mkdir",
            var other => other,
        };
        return paths.Count == 0 || (name == "ftruncate" && paths[0].StartsWith("ingest/.", StringComparison.Ordinal)) ? null : $"{name} {string.Join(' ', paths)}";
    }

    [GeneratedRegex(@"^\d+ +(?:<\.\.\. )?(\w+)")]
    private static partial Regex Call();

    [GeneratedRegex("<(/[^>]*)>|\"(/[^\"]*)\"")]
    private static partial Regex PathName();

    // A directory, and a name in it or an absolute path.
    [GeneratedRegex("(?:<(/[^>]*)>|AT_FDCWD[^,]*), \"([^\"]*)\"")]
    private static partial Regex NameInDirectory();

    [GeneratedRegex("ingest/[0-9a-f]{32}")]
    private static partial Regex Session();
}
