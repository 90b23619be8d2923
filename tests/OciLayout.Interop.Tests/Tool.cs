using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Interop.Tests;

/// <summary>Another program that reads and writes layouts.</summary>
internal sealed class Tool
{
    private readonly string _path;

    private Tool(string path) => _path = path;

    /// <summary>Finds it on PATH; skips the test, naming it, where it is missing.</summary>
    public static Tool Require(string name)
    {
        string? path = ExternalProcess.Find(name);
        Assert.SkipWhen(path is null, $"{name} is not on PATH.");
        return new Tool(path);
    }

    /// <summary>Skips the test, saying why, where this version of the tool cannot do something even to what another tool wrote.</summary>
    public async Task RequireAsync(string what, params string[] arguments)
    {
        ProcessResult result = await TryRunAsync(arguments);
        Assert.SkipWhen(result.ExitCode != 0, $"This version of {System.IO.Path.GetFileName(_path)} does not {what}: {result.Error.Trim()}");
    }

    /// <summary>Runs it to its end, however that is.</summary>
    public Task<ProcessResult> TryRunAsync(params string[] arguments) => ExternalProcess.RunAsync(_path, arguments);

    /// <summary>Runs it; fails the test unless it ended well. Returns what it wrote to its output.</summary>
    public async Task<string> RunAsync(params string[] arguments) => (await TryRunAsync(arguments)).AssertSuccess().Output;
}
