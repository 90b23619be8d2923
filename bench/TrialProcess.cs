using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;

namespace OciLayout.Bench;

/// <summary>Runs a trial once in a process of its own. Contains both sides: the start of the process and the work in it.</summary>
internal static class TrialProcess
{
    public const string Verb = "--trial";

    private const double MiB = 1 << 20;

    /// <summary>Runs a trial.</summary>
    /// <returns>The measurement; null if the program of the trial is not installed.</returns>
    public static Sample? Run(Case @case, Trial trial, Place place)
    {
        place.Clear();
        trial.Prepare(place);
        if (trial.Command is { } whole)
        {
            if (whole(place) is not { } line) return null;
            var clock = Stopwatch.StartNew();
            Output(line);
            return new Sample(clock.Elapsed.TotalMilliseconds);
        }

        var command = trial.Inside?.Invoke(place) ?? LineFor(Environment.ProcessPath!, @case, trial, place);
        var last = Output(command).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault("");
        var numbers = last.Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        return new Sample(numbers[0], At(1), At(2) is { } methods ? new Facts(methods, At(3) ?? 0, At(4) ?? 0) : null, At(5));

        double? At(int i) => i < numbers.Length && numbers[i] >= 0 ? numbers[i] : null;
    }

    /// <summary>Returns the command line that runs a trial in a process of this program, or of another build of it.</summary>
    public static CommandLine LineFor(string program, Case @case, Trial trial, Place place) =>
        new(program, Verb, @case.Name, trial.Name, place.Root, place.Scale.ToString(CultureInfo.InvariantCulture));

    /// <summary>Does the work, in the process that was started for it.</summary>
    public static void Do(Trial trial, Place place)
    {
        if (trial.WarmUp is { } warmUp)
        {
            var name = Path.Combine(place.Scratch, "warm");
            warmUp(place with { Root = name });
        }

        var speed = Facts.Clock();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Facts.Now;
        var idle = Memory("VmRSS");
        ResetPeak();
        var clock = Stopwatch.StartNew();
        var took = trial.Timed?.Invoke(place) ?? -1;
        trial.Run?.Invoke(place);
        if (took < 0) took = clock.Elapsed.TotalMilliseconds;
        var facts = Facts.Now - before;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{took} {Memory("VmHWM") - idle} {facts.Methods} {facts.Faults} {facts.Processor} {speed}"));
    }

    /// <summary>Runs a program and returns its output.</summary>
    public static string Output(CommandLine command)
    {
        var start = new ProcessStartInfo(command.File, command.Arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        if (command.Variable is { } variable) start.Environment[variable.Name] = variable.Value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{command.File} {string.Join(' ', command.Arguments)} ended with {process.ExitCode}: {error.Result}{output}");
        return output;
    }

    // Resets the peak memory on Linux, so that earlier work does not count. Other systems report only the peak of the whole process.
    private static void ResetPeak()
    {
        if (OperatingSystem.IsLinux()) File.WriteAllText("/proc/self/clear_refs", "5");
    }

    private static double Memory(string what)
    {
        if (!OperatingSystem.IsLinux()) return (what == "VmRSS" ? Process.GetCurrentProcess().WorkingSet64 : Process.GetCurrentProcess().PeakWorkingSet64) / MiB;
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(what, StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }
}
