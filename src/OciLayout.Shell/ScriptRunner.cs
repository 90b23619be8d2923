using System;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Threading;
using Microsoft.PowerShell;

namespace OciLayout.Shell;

/// <summary>An engine that runs one thing after the other, writes what comes out, and says how each ended.</summary>
internal sealed class ScriptRunner : IDisposable
{
    /// <summary>All went well.</summary>
    public const int Success = 0;

    /// <summary>An error ended it.</summary>
    public const int Failure = 1;

    /// <summary>It was stopped: 128 and SIGINT, as shells say it.</summary>
    public const int Interrupted = 130;

    private readonly Lock _gate = new();
    private readonly ShellHost _host;
    private PowerShell? _running;
    private bool _stopped;

    public ScriptRunner(ShellHost host)
    {
        _host = host;
        InitialSessionState state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
            state.ExecutionPolicy = ExecutionPolicy.Bypass;

        Runspace = RunspaceFactory.CreateRunspace(host, state);
        Runspace.ThreadOptions = PSThreadOptions.UseCurrentThread;
        Runspace.Open();
    }

    /// <summary>What it runs in.</summary>
    public Runspace Runspace { get; }

    /// <summary>Imports a module for all that runs later.</summary>
    /// <returns>The exit code: 0, or 1 after the error was written.</returns>
    public int Import(string manifest) => Invoke(new Command("Import-Module") { Parameters = { { "Name", manifest }, { "ErrorAction", "Stop" } } });

    /// <summary>Runs a command and writes what it emits.</summary>
    /// <returns>The exit code: 0, 1 after a terminating error, 130 when it was stopped, or what <c>exit</c> said.</returns>
    public int Run(ShellCommand command) => Invoke(new Command(command.Script, isScript: true, useLocalScope: false));

    /// <summary>Stops what runs and lets nothing start any more. Returns when it has stopped.</summary>
    public void Stop()
    {
        _host.AbandonPrompt();
        // Within the lock, so that what stops is not disposed meanwhile.
        lock (_gate)
        {
            _stopped = true;
            _running?.Stop();
        }
    }

    public void Dispose() => Runspace.Dispose();

    private int Invoke(Command command)
    {
        using var pipeline = PowerShell.Create(Runspace);
        // Errors go down the same pipe as output, so that they are formatted and come in order, as the console of PowerShell does it.
        command.MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        pipeline.Commands.AddCommand(command);

        lock (_gate)
        {
            if (_stopped)
                return Interrupted;
            _running = pipeline;
        }

        // The display runs on this thread too, and finds the runspace by it.
        Runspace? former = Runspace.DefaultRunspace;
        Runspace.DefaultRunspace = Runspace;
        using var display = new Display();
        try
        {
            pipeline.Invoke(input: null, display.Output);
            if (pipeline.InvocationStateInfo.State == PSInvocationState.Stopped)
                return Interrupted;
            display.Complete();
            return _host.ExitCode ?? Success;
        }
        catch (PipelineStoppedException)
        {
            return Interrupted;
        }
        catch (IncompleteParseException e)
        {
            // A prompt would ask for more; the error's format shows nothing of it.
            _host.UI.WriteErrorLine("ParserError: " + e.Message);
            return Failure;
        }
        catch (Exception e) when (e is IContainsErrorRecord)
        {
            display.Show((IContainsErrorRecord)e);
            display.Complete();
            return Failure;
        }
        finally
        {
            lock (_gate)
                _running = null;
            Runspace.DefaultRunspace = former;
        }
    }
}
