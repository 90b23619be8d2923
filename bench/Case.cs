using System;
using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Bench;

/// <summary>
/// A row of docs/performance.md: a task, the same task with plain system calls as the limit, ours, and other programs. All trials alternate
/// within one run, because the speed of the machine varies over time.
/// </summary>
internal sealed class Case
{
    /// <summary>Gets the name on the command line: a group, a point, and a description.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the description of the work.</summary>
    public required string Work { get; init; }

    /// <summary>Gets the time that oras-go took on a machine like the one that the goals were set on.</summary>
    public string Reference { get; init; } = "";

    /// <summary>Gets the program without which the case is skipped; null for none.</summary>
    public string? Needs { get; init; }

    /// <summary>Gets the name of the data that <see cref="Setup"/> creates. Consecutive cases with the same name share it; null for data of its own.</summary>
    public string? Data { get; init; }

    /// <summary>Gets the action that creates the data for all trials. It runs once and is not measured.</summary>
    public Action<Place> Setup { get; init; } = _ => { };

    /// <summary>Gets the trials of the same work with plain system calls, one for each part of the work.</summary>
    public IReadOnlyList<Trial> Limit { get; init; } = [];

    /// <summary>
    /// Gets the function that combines the parts into the limit: the maximum of parts that can overlap, the sum of parts that cannot.
    /// </summary>
    public Func<IEnumerable<double>, double> Combine { get; init; } = Enumerable.Max;

    /// <summary>Gets the trial of OciLayout.</summary>
    public required Trial Ours { get; init; }

    /// <summary>Gets the trials of other programs.</summary>
    public IReadOnlyList<Trial> Peers { get; init; } = [];

    /// <summary>Gets the goal.</summary>
    public Goal Goal { get; init; } = new();

    public IEnumerable<Trial> Trials => [.. Limit, Ours, .. Peers];
}

/// <summary>The goal of a case. Null members are not part of it.</summary>
/// <param name="Ratio">The maximum time as a multiple of the limit.</param>
/// <param name="Milliseconds">The maximum time in milliseconds.</param>
/// <param name="OverLimit">The maximum time above the limit, in milliseconds.</param>
/// <param name="MiB">The maximum memory above that of the idle process, in MiB.</param>
/// <param name="OfPeers">The maximum time as a multiple of that of each installed peer.</param>
/// <param name="Growth">
/// The maximum processor time and memory as a multiple of those of the limit, which does the same with half of the items. Less than 20 ms
/// and 16 MiB always reach the goal, because they do not depend on the number of items enough to be compared.
/// </param>
internal sealed record Goal(double? Ratio = null, double? Milliseconds = null, double? OverLimit = null, double? MiB = null, double? OfPeers = null, double? Growth = null);

/// <summary>A way of doing the work. Each run is measured in a process of its own.</summary>
internal sealed class Trial
{
    public required string Name { get; init; }

    /// <summary>Gets the action that prepares the disk for one run. It is not measured.</summary>
    public Action<Place> Prepare { get; init; } = _ => { };

    /// <summary>Gets the action that runs before the work in the same process and is not measured; null for a cold process.</summary>
    public Action<Place>? WarmUp { get; init; }

    /// <summary>Gets the work. It runs in a fresh process of this program.</summary>
    public Action<Place>? Run { get; init; }

    /// <summary>Gets work that returns its own time in milliseconds, for example per call.</summary>
    public Func<Place, double>? Timed { get; init; }

    /// <summary>
    /// Gets the function that returns the program to run. The start of its process is measured, too. The program is null if it is not
    /// installed.
    /// </summary>
    public Func<Place, CommandLine?>? Command { get; init; }

    /// <summary>Gets the function that returns a program which writes its own time in milliseconds as the last line of output.</summary>
    public Func<Place, CommandLine>? Inside { get; init; }
}

/// <summary>A program and its arguments.</summary>
internal sealed record CommandLine(string File, params string[] Arguments)
{
    /// <summary>Gets an environment variable to set.</summary>
    public (string Name, string Value)? Variable { get; init; }
}

/// <summary>The measurement of one run of a trial.</summary>
/// <param name="Milliseconds">The time in milliseconds.</param>
/// <param name="MiB">The peak memory above that of the idle process, in MiB; null if unknown.</param>
/// <param name="Facts">What happened in the process during the work; null if unknown.</param>
/// <param name="Clock">The milliseconds of <see cref="Bench.Facts.Clock"/> before the work; null if unknown.</param>
internal sealed record Sample(double Milliseconds, double? MiB = null, Facts? Facts = null, double? Clock = null);
