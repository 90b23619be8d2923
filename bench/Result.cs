using System;
using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Bench;

/// <summary>The samples of one case and their evaluation.</summary>
internal sealed class Result
{
    private readonly Dictionary<string, List<Sample>> _samples = [];

    public Result(Case @case, Trial? before)
    {
        Case = @case;
        Before = before;
    }

    public Case Case { get; }

    /// <summary>Gets the same trial of another clone; null for none.</summary>
    public Trial? Before { get; }

    public IEnumerable<Trial> Trials => Before is null ? Case.Trials : Case.Trials.Append(Before);

    public void Add(Trial trial, Sample sample)
    {
        if (!_samples.TryGetValue(trial.Name, out var list)) _samples.Add(trial.Name, list = []);
        list.Add(sample);
    }

    /// <summary>Returns the median time of a trial in milliseconds; null if it did not run.</summary>
    public double? Of(Trial trial) => _samples.TryGetValue(trial.Name, out var samples) ? Median(samples.Select(s => s.Milliseconds)) : null;

    public IReadOnlyList<double> Runs(Trial trial) => _samples.TryGetValue(trial.Name, out var samples) ? [.. samples.Select(s => s.Milliseconds)] : [];

    public double Ours => Of(Case.Ours)!.Value;

    public double? MiB => MiBOf(Case.Ours);

    /// <summary>Returns the median memory of a trial in MiB; null if unknown.</summary>
    public double? MiBOf(Trial trial) => _samples[trial.Name].All(s => s.MiB is null) ? null : Median(_samples[trial.Name].Select(s => s.MiB ?? 0));

    /// <summary>Gets the median number of methods that the JIT compiler compiled during ours; null if unknown.</summary>
    public double? Methods => Facts(Case.Ours, f => f.Methods);

    /// <summary>Returns the median of a fact about a trial; null if unknown.</summary>
    public double? Facts(Trial trial, Func<Facts, double> fact) =>
        _samples.TryGetValue(trial.Name, out var samples) && samples.All(s => s.Facts is not null) ? Median(samples.Select(s => fact(s.Facts!.Value))) : null;

    /// <summary>Returns the median time of the fixed loop before a trial in milliseconds; null if unknown.</summary>
    public double? Clock(Trial trial) =>
        _samples.TryGetValue(trial.Name, out var samples) && samples.All(s => s.Clock is not null) ? Median(samples.Select(s => s.Clock!.Value)) : null;

    public double? Limit => Case.Limit.Count == 0 ? null : Case.Combine(Case.Limit.Select(t => Of(t)!.Value));

    public double? Ratio => Limit is { } limit ? Ours / limit : null;

    /// <summary>Gets the text of each goal and whether it is met.</summary>
    public IEnumerable<(string Goal, bool Met)> Verdicts
    {
        get
        {
            var goal = Case.Goal;
            if (goal.Ratio is { } ratio) yield return ($"≤ {ratio:0.##} ×", Ratio <= ratio);
            if (goal.Milliseconds is { } time) yield return ($"≤ {time:0.##} ms", Ours <= time);
            if (goal.OverLimit is { } over) yield return ($"≤ limit + {over:0.##} ms", Ours <= Limit + over);
            if (goal.MiB is { } memory) yield return ($"≤ {memory:0.##} MiB", MiB <= memory);
            if (goal.Growth is { } growth)
            {
                var (half, whole) = (Facts(Case.Limit[0], f => f.Processor)!.Value, Facts(Case.Ours, f => f.Processor)!.Value);
                yield return ($"≤ {growth:0.##} × processor time ({half:0} → {whole:0} ms)", whole <= Math.Max(growth * half, 20));
                yield return ($"≤ {growth:0.##} × memory", (MiB ?? 0) <= Math.Max(growth * (MiBOf(Case.Limit[0]) ?? 0), 16));
            }

            foreach (var peer in goal.OfPeers is null ? [] : Case.Peers)
            {
                if (Of(peer) is { } theirs) yield return ($"≤ {goal.OfPeers:0.##} × {peer.Name}", Ours <= goal.OfPeers * theirs);
            }
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[sorted.Count / 2 - 1] + sorted[sorted.Count / 2]) / 2;
    }
}
