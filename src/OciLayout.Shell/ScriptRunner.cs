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
    private readonly Runspace _runspace;
    private PowerShell? _running;
    private bool _stopped;

    public ScriptRunner(ShellHost host)
    {
        _host = host;
        InitialSessionState state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
            state.ExecutionPolicy = ExecutionPolicy.Bypass;

        _runspace = RunspaceFactory.CreateRunspace(host, state);
        _runspace.Open();
    }

    /// <summary>Imports a module for all that runs later.</summary>
    /// <returns>The exit code: 0, or 1 after the error was written.</returns>
    public int Import(string manifest) => Invoke(new Command("Import-Module") { Parameters = { { "Name", manifest }, { "ErrorAction", "Stop" } } });

    /// <summary>Runs a command and writes what it emits.</summary>
    /// <returns>The exit code: 0, 1 after a terminating error, 130 when it was stopped, or what <c>exit</c> said.</returns>
    public int Run(ShellCommand command) => Invoke(new Command(command.Script, isScript: true, useLocalScope: false));

    /// <summary>Stops what runs and lets nothing start any more. Returns when it has stopped.</summary>
    public void Stop()
    {
        PowerShell? running;
        lock (_gate)
        {
            _stopped = true;
            running = _running;
        }

        running?.Stop();
    }

    public void Dispose() => _runspace.Dispose();

    private int Invoke(Command command)
    {
        using var pipeline = PowerShell.Create(_runspace);
        // As the console of PowerShell does it: errors go down the same pipe, so that they are formatted and come in order.
        command.MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        pipeline.Commands.AddCommand(command).AddCommand("Out-Default");

        lock (_gate)
        {
            if (_stopped)
                return Interrupted;
            _running = pipeline;
        }

        try
        {
            pipeline.Invoke();
            return _host.ExitCode ?? Success;
        }
        catch (PipelineStoppedException)
        {
            return Interrupted;
        }
        catch (Exception e) when (e is IContainsErrorRecord)
        {
            Report((IContainsErrorRecord)e);
            return Failure;
        }
        finally
        {
            lock (_gate)
                _running = null;
        }
    }

    /// <summary>Writes the error that ended a command, formatted like any other.</summary>
    private void Report(IContainsErrorRecord exception)
    {
        if (exception is ParseException { ErrorRecord.InvocationInfo: null } broken)
        {
            // What never became a command has no place that the formatting could show; the message has it.
            _host.UI.WriteErrorLine(broken.Message);
            return;
        }

        var record = PSObject.AsPSObject(exception.ErrorRecord);
        record.Properties.Add(new PSNoteProperty("writeErrorStream", true));
        using var pipeline = PowerShell.Create(_runspace);
        pipeline.AddCommand("Out-Default").Invoke(new[] { record });
    }
}
