using System;
using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Bench;

/// <summary>
/// One line of the table: what is done, the machine's own way of doing it as the limit, ours, and others for the same. All of them take turns
/// in one run, since a machine is quick now and slow then.
/// </summary>
internal sealed class Case
{
    /// <summary>How it is called on the command line: a group, a point, and what it is.</summary>
    public required string Name { get; init; }

    /// <summary>What is done.</summary>
    public required string Work { get; init; }

    /// <summary>What oras-go took for it on a machine like the one that the goals were set on.</summary>
    public string Reference { get; init; } = "";

    /// <summary>Makes what all trials read; once, unmeasured.</summary>
    public Action<Place> Setup { get; init; } = _ => { };

    /// <summary>What the machine takes for the same with nothing around it; the parts of it, where it has some.</summary>
    public IReadOnlyList<Trial> Limit { get; init; } = [];

    /// <summary>How the parts make the limit: the longest of those that can overlap, the sum of those that cannot.</summary>
    public Func<IEnumerable<double>, double> Combine { get; init; } = Enumerable.Max;

    /// <summary>What is measured.</summary>
    public required Trial Ours { get; init; }

    /// <summary>Other programs that do the same.</summary>
    public IReadOnlyList<Trial> Peers { get; init; } = [];

    /// <summary>What it has to reach.</summary>
    public Goal Goal { get; init; } = new();

    public IEnumerable<Trial> Trials => [.. Limit, Ours, .. Peers];
}

/// <summary>What a case has to reach; what is null is no goal.</summary>
/// <param name="Ratio">At most so many times the limit.</param>
/// <param name="Milliseconds">At most so long.</param>
/// <param name="OverLimit">At most so many milliseconds longer than the limit.</param>
/// <param name="MiB">At most so much memory over that of the idle process.</param>
/// <param name="BeatsPeers">Faster than every peer that is there.</param>
internal sealed record Goal(double? Ratio = null, double? Milliseconds = null, double? OverLimit = null, double? MiB = null, bool BeatsPeers = false);

/// <summary>One way of doing the work, measured in a process of its own.</summary>
internal sealed class Trial
{
    public required string Name { get; init; }

    /// <summary>Readies the disk for one run; unmeasured.</summary>
    public Action<Place> Prepare { get; init; } = _ => { };

    /// <summary>Done once before, unmeasured, where a process is meant that has done such work already.</summary>
    public Action<Place>? WarmUp { get; init; }

    /// <summary>The work, in a fresh process of this program.</summary>
    public Action<Place>? Run { get; init; }

    /// <summary>Work that says itself how long it took, for example each of many calls.</summary>
    public Func<Place, double>? Timed { get; init; }

    /// <summary>A whole process, its start included.</summary>
    public Func<Place, CommandLine?>? Command { get; init; }

    /// <summary>A process that writes, as its last line, how many milliseconds the work in it took.</summary>
    public Func<Place, CommandLine>? Inside { get; init; }
}

/// <summary>A program and its arguments.</summary>
internal sealed record CommandLine(string File, params string[] Arguments)
{
    /// <summary>A variable that it needs.</summary>
    public (string Name, string Value)? Variable { get; init; }
}

/// <summary>What one run of a trial took.</summary>
/// <param name="Milliseconds">The time.</param>
/// <param name="MiB">The most memory over that of the idle process; null where it is not known.</param>
internal sealed record Sample(double Milliseconds, double? MiB);
