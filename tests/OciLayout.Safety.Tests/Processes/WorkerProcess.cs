using System;
using System.Diagnostics;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using Xunit;

namespace OciLayout.Safety;

/// <summary>A process of tests/OciLayout.Worker. It starts without a job, gets the job as a line, and is killed or ends in order.</summary>
internal sealed class WorkerProcess : IDisposable
{
    /// <summary>The timeout that fails a test that hangs. No step takes nearly as long.</summary>
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(5);

    private static readonly string Program = typeof(WorkerProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "Worker").Value!;

    private readonly Process _process;
    private readonly Task<string> _error;

    private WorkerProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Starts a worker that waits for its job. It loads while the test does other things.</summary>
    /// <param name="environment">Environment variables to set, or to unset if the value is null.</param>
    public static WorkerProcess Start(params (string Name, string? Value)[] environment)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Program])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_TieredPGO"] = "0"; // the process runs for less than a second
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new(Process.Start(start)!);
    }

    public int Id => _process.Id;

    /// <summary>The messages that the worker has sent so far.</summary>
    public WorkerLog WorkerLog { get; } = new();

    /// <summary>Waits until the worker is ready, and sends its job.</summary>
    public async Task Begin(string job, string layout, params string[] settings)
    {
        Assert.Equal("ready", await ReadLine());
        Say(string.Join('\t', (string[])[job, layout, .. settings]));
    }

    /// <summary>Sends a line and returns the answer, which must begin with the expected text.</summary>
    public async Task<string> Step(string step, string text, string expected)
    {
        Say($"{step}\t{text}");
        return await Expect(expected);
    }

    public void Say(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>Reads the next line, which must begin with the expected text.</summary>
    public async Task<string> Expect(string expected)
    {
        string? line = await ReadLine();
        Assert.True(line?.StartsWith(expected, StringComparison.Ordinal) == true, $"The worker should say '{expected}'; it says '{line}'. {(line is null ? await _error : "")}");
        return line!;
    }

    /// <summary>Reads the next line; null when the process has ended. An error of the worker fails the test.</summary>
    public async Task<string?> ReadLine()
    {
        string? line;
        try
        {
            line = await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Hang);
        }
        catch (TimeoutException)
        {
            Kill();
            throw;
        }

        Assert.False(line?.StartsWith("error ", StringComparison.Ordinal) == true, line);
        if (line is not null) WorkerLog.Take(line);
        return line;
    }

    /// <summary>Reads a number of lines. Returns false if the process ends before.</summary>
    public async Task<bool> Read(int lines)
    {
        for (int i = 0; i < lines; i++)
        {
            if (await ReadLine() is null) return false;
        }

        return true;
    }

    /// <summary>Kills the process as <c>kill -9</c> does, and reads the lines that it had written before.</summary>
    public async Task KillAndRead()
    {
        Kill();
        while (await ReadLine() is not null)
        {
        }

        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Hang);
    }

    /// <summary>Waits until the worker ends: after its current step if the input is closed first, else after its whole job.</summary>
    public async Task End(bool closeFirst = true)
    {
        if (closeFirst) CloseInput();
        string? last = null;
        while (await ReadLine() is { } line) last = line;
        Assert.True(last == "done", $"The worker ended with '{last}'. {await _error}");
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Hang);
        Assert.Equal(0, _process.ExitCode);
    }

    /// <summary>Closes the input, which ends the worker after its current step.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    private void Kill()
    {
        if (!_process.HasExited) _process.Kill();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }
}
