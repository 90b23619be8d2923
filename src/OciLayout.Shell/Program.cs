using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading.Tasks;

namespace OciLayout.Shell;

/// <summary>Runs a script, or a piece of one, in a PowerShell engine of its own that has the module imported.</summary>
internal static class Program
{
    private const int BadUsage = 64; // EX_USAGE of sysexits.h; pwsh says the same.

    private static int Main(string[] args)
    {
        // The engine reports on itself unless told before its first use.
        Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");

        if (ShellCommand.Parse(args) is not { } command)
        {
            Console.Error.WriteLine(ShellCommand.Usage);
            return BadUsage;
        }

        try
        {
            return Run(command, ModuleLocator.Find());
        }
        catch (FileNotFoundException e)
        {
            Console.Error.WriteLine(e.Message);
            return ScriptRunner.Failure;
        }
    }

    private static int Run(ShellCommand command, string module)
    {
        var host = new ShellHost(Terminal.OfConsole());
        using var runner = new ScriptRunner(host);

        Task? stopping = null;
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            // The first stops the script, which cleans up after itself; a second one, from somebody who will not wait, ends the process.
            signal.Cancel = stopping is null;
            stopping ??= Task.Run(runner.Stop);
        });

        int exitCode = runner.Import(module);
        if (exitCode == ScriptRunner.Success)
            exitCode = runner.Run(command);

        host.ClearProgress();
        return exitCode;
    }
}
