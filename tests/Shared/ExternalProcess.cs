using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace OciLayout.Testing;

/// <summary>What a process left: its exit code and all that it wrote.</summary>
internal sealed record ProcessResult(string CommandLine, int ExitCode, string Output, string Error)
{
    /// <summary>Fails the test, with all that the process wrote, unless it ended well.</summary>
    public ProcessResult AssertSuccess()
    {
        Assert.True(ExitCode == 0, $"`{CommandLine}` ended with {ExitCode}.\n{Error}\n{Output}");
        return this;
    }
}

/// <summary>Runs other programs, with an end to every wait.</summary>
internal static class ExternalProcess
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(1);

    /// <summary>The full path of a program on PATH, or null.</summary>
    public static string? Find(string name)
    {
        string[] suffixes = OperatingSystem.IsWindows() ? [".exe", ".cmd"] : [""];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => suffixes.Select(suffix => Path.Combine(folder, name + suffix)))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>Runs a program to its end, with empty standard input.</summary>
    /// <param name="file">The program.</param>
    /// <param name="arguments">Its arguments, passed as they are.</param>
    /// <param name="directory">Where it runs, or null for the test's own directory.</param>
    /// <param name="environment">Variables to set, or with null to unset.</param>
    /// <param name="timeout">How long it may take, or null for a minute.</param>
    /// <exception cref="TimeoutException">It took longer, and was killed with all that it had started.</exception>
    public static async Task<ProcessResult> RunAsync(
        string file,
        IEnumerable<string> arguments,
        string? directory = null,
        IReadOnlyDictionary<string, string?>? environment = null,
        TimeSpan? timeout = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = directory ?? "",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;

        string commandLine = $"{file} {string.Join(' ', start.ArgumentList)}";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(timeout ?? DefaultTimeout, TestContext.Current.CancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw e is TimeoutException ? new TimeoutException($"`{commandLine}` took longer than {timeout ?? DefaultTimeout}.") : e;
        }

        return new(commandLine, process.ExitCode, await output, await error);
    }
}
