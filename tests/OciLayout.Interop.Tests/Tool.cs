using System.Threading.Tasks;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.Interop.Tests;

/// <summary>Another program that reads and writes layouts.</summary>
internal sealed class Tool
{
    private readonly string _path;

    private Tool(string path) => _path = path;

    /// <summary>Finds a program on PATH. Skips the test if it is missing.</summary>
    public static Tool Require(string name)
    {
        string? path = ExternalProcess.Find(name);
        Assert.SkipWhen(path is null, $"{name} is not on PATH.");
        return new Tool(path);
    }

    /// <summary>Skips the test if this version of the tool fails on a layout that another tool wrote.</summary>
    public async Task RequireAsync(string what, params string[] arguments)
    {
        ProcessResult result = await TryRunAsync(arguments);
        Assert.SkipWhen(result.ExitCode != 0, $"This version of {System.IO.Path.GetFileName(_path)} does not {what}: {result.Error.Trim()}");
    }

    /// <summary>Runs the program and returns its exit code and output.</summary>
    public Task<ProcessResult> TryRunAsync(params string[] arguments) => ExternalProcess.RunAsync(_path, arguments);

    /// <summary>Runs the program and returns its standard output. Fails the test unless the exit code is 0.</summary>
    public async Task<string> RunAsync(params string[] arguments) => (await TryRunAsync(arguments)).AssertSuccess().Output;
}
