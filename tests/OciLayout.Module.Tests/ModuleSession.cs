using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.PowerShell;
using OciLayout.Testing;

namespace OciLayout.ModuleTests;

/// <summary>
/// A PowerShell engine with the staged module imported, in a temporary directory of its own. It simulates an interactive prompt, 80
/// characters wide, and records everything that the prompt shows.
/// </summary>
internal sealed class ModuleSession : IDisposable
{
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(1);

    private readonly StringWriter _hostText = new();
    private readonly Lock _gate = new();
    private readonly Runspace _runspace;
    private PowerShell? _running;

    static ModuleSession()
    {
        // Set before the first use of the engine: it sends no telemetry, and writes no cache of modules into the home directory.
        Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
        Environment.SetEnvironmentVariable("PSModuleAnalysisCachePath", OperatingSystem.IsWindows() ? "nul" : "/dev/null");
    }

    /// <summary>Opens a session and imports the staged module into it.</summary>
    /// <param name="answers">The answers to prompts, a line each. A prompt without an answer is an error.</param>
    public ModuleSession(params string[] answers)
        : this(importModule: true, answers)
    {
    }

    private ModuleSession(bool importModule, string[] answers)
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
            state.ExecutionPolicy = ExecutionPolicy.Bypass;
        _runspace = Open(new TestHost(_hostText, answers), state);
        _runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(Directory.Path));
        if (importModule)
            Run("Import-Module $args[0]", Manifest).AssertNoErrors();
    }

    /// <summary>The path of the staged module manifest.</summary>
    public static string Manifest { get; } = Path.Combine(Repository.StagedModule, "OciLayout.psd1");

    /// <summary>A command that creates the data of the help examples, as users of an installed module type it.</summary>
    public const string CreateSample = """& "$((Get-Module OciLayout).ModuleBase)/samples/sample.ps1" """;

    /// <summary>The current location of the session, <c>$PWD</c>: a new empty directory that is deleted with the session.</summary>
    public TemporaryDirectory Directory { get; } = new();

    /// <summary>Opens a session without the module.</summary>
    public static ModuleSession WithoutModule() => new(importModule: false, []);

    /// <summary>Runs a script in the global scope, with <c>$args</c>, and returns its results. Errors of the script do not throw.</summary>
    /// <remarks>As at a prompt, the script continues after a terminating error of a cmdlet. Tests detect one with <c>try</c>.</remarks>
    public SessionResult Run(string script, params object?[] args)
    {
        using var ps = PowerShell.Create(_runspace);
        ps.AddScript(script, useLocalScope: false);
        foreach (object? argument in args)
            ps.AddArgument(argument);
        return Invoke(ps);
    }

    /// <summary>Runs a script that must not write an error, and returns its output.</summary>
    public IReadOnlyList<PSObject> RunCleanly(string script, params object?[] args) => Run(script, args).AssertNoErrors().Output;

    /// <summary>Returns what the Tab key offers at the end of a line.</summary>
    /// <remarks>A completer leaves out content that it cannot read within its time limit. On a busy machine an empty answer is therefore repeated.</remarks>
    public IReadOnlyList<CompletionResult> Complete(string line)
    {
        for (int attempt = 1; ; attempt++)
        {
            IReadOnlyList<PSObject> found = RunCleanly("(TabExpansion2 $args[0] $args[0].Length).CompletionMatches", line);
            if (found.Count > 0 || attempt == 50)
                return [.. found.Select(o => (CompletionResult)o.BaseObject)];
        }
    }

    /// <summary>Runs a script, and returns the text of a terminal: warnings first, then output and errors in order.</summary>
    public string Render(string script)
    {
        using var ps = PowerShell.Create(_runspace);
        ps.AddScript(script, useLocalScope: false);
        ps.Commands.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        SessionResult result = Invoke(ps);
        return Show(result.Terminating is null ? result.Output : result.Output.Append(PSObject.AsPSObject(result.Terminating)));
    }

    /// <summary>Displays the output of the last script, and returns all that the terminal shows since that script began.</summary>
    public string Show(IEnumerable<PSObject> output)
    {
        using var display = PowerShell.Create(_runspace);
        display.AddCommand("Out-Default").Invoke(output);
        return _hostText.ToString();
    }

    /// <summary>Runs a script on another thread, so that <see cref="Stop"/> can end it.</summary>
    public Task<SessionResult> RunAsync(string script, params object?[] args) => Task.Run(() => Run(script, args));

    /// <summary>Runs a script on another thread, and returns when it has called <c>$reached.SetResult()</c> or has ended.</summary>
    /// <returns>The task of the script.</returns>
    public async Task<Task<SessionResult>> RunUntilReachedAsync(string script)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Set("reached", reached);
        Task<SessionResult> running = RunAsync(script);
        await Task.WhenAny(reached.Task, running);
        return running;
    }

    /// <summary>Runs a script on another thread, and stops it when a file appears in the directory of the session.</summary>
    /// <param name="file">The name of the file, with wildcards.</param>
    /// <param name="script">The script.</param>
    public async Task<SessionResult> StopAtFileAsync(string file, string script)
    {
        var appeared = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(Directory.Path, file) { IncludeSubdirectories = true };
        watcher.Created += (_, _) => appeared.TrySetResult();
        watcher.EnableRaisingEvents = true;

        Task<SessionResult> running = RunAsync(script);
        await Task.WhenAny(appeared.Task, running);
        return await StopAsync(running);
    }

    /// <summary>Stops a script as Ctrl-C does, and returns its results. Fails if it does not stop.</summary>
    public async Task<SessionResult> StopAsync(Task<SessionResult> running)
    {
        await Task.Run(Stop).WaitAsync(Hang);
        return await running.WaitAsync(Hang);
    }

    /// <summary>Stops the running pipeline as Ctrl-C does, and returns when it has stopped.</summary>
    public void Stop()
    {
        lock (_gate)
            _running?.Stop();
    }

    /// <summary>Sets a global variable of the session.</summary>
    public void Set(string name, object? value) => _runspace.SessionStateProxy.SetVariable("global:" + name, value);

    public void Dispose()
    {
        _runspace.Dispose();
        Directory.Dispose();
    }

    // PowerShell creates its drives from the list of mounted file systems, and creates none if one of these is unmounted meanwhile. Other
    // tests mount and unmount file systems. A runspace without drives has no current location, so another one is opened.
    private static Runspace Open(TestHost host, InitialSessionState state)
    {
        for (int attempt = 1; ; attempt++)
        {
            Runspace runspace = RunspaceFactory.CreateRunspace(host, state);
            runspace.ThreadOptions = PSThreadOptions.UseCurrentThread;
            runspace.Open();
            if (runspace.SessionStateProxy.Drive.GetAllForProvider("FileSystem").Count > 0)
                return runspace;
            runspace.Dispose();
            if (attempt == 10)
                throw new InvalidOperationException("PowerShell has no file system drive.");
        }
    }

    private SessionResult Invoke(PowerShell ps)
    {
        _hostText.GetStringBuilder().Clear();
        var output = new List<PSObject>();
        ErrorRecord? terminating = null;
        bool stopped = false;
        lock (_gate)
            _running = ps;
        try
        {
            ps.Invoke(input: null, output);
            stopped = ps.InvocationStateInfo.State == PSInvocationState.Stopped;
        }
        catch (PipelineStoppedException)
        {
            stopped = true;
        }
        catch (Exception e) when (e is IContainsErrorRecord)
        {
            terminating = ((IContainsErrorRecord)e).ErrorRecord;
        }
        finally
        {
            lock (_gate)
                _running = null;
        }

        return new SessionResult(
            output,
            [.. ps.Streams.Error],
            terminating,
            stopped,
            [.. ps.Streams.Warning.Select(r => r.Message)],
            [.. ps.Streams.Verbose.Select(r => r.Message)],
            [.. ps.Streams.Progress],
            _hostText.ToString());
    }
}
