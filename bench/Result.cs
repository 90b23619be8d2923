using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Bench;

/// <summary>The samples of one case and their evaluation.</summary>
internal sealed class Result
{
    private readonly Dictionary<string, List<Sample>> _samples = [];

    public Result(Case @case) => Case = @case;

    public Case Case { get; }

    public void Add(Trial trial, Sample sample)
    {
        if (!_samples.TryGetValue(trial.Name, out var list)) _samples.Add(trial.Name, list = []);
        list.Add(sample);
    }

    /// <summary>Returns the median time of a trial in milliseconds; null if it did not run.</summary>
    public double? Of(Trial trial) => _samples.TryGetValue(trial.Name, out var samples) ? Median(samples.Select(s => s.Milliseconds)) : null;

    public IReadOnlyList<double> Runs(Trial trial) => _samples.TryGetValue(trial.Name, out var samples) ? [.. samples.Select(s => s.Milliseconds)] : [];

    public double Ours => Of(Case.Ours)!.Value;

    public double? MiB => _samples[Case.Ours.Name].All(s => s.MiB is null) ? null : Median(_samples[Case.Ours.Name].Select(s => s.MiB ?? 0));

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
            foreach (var peer in goal.BeatsPeers ? Case.Peers : [])
            {
                if (Of(peer) is { } theirs) yield return ($"< {peer.Name}", Ours < theirs);
            }
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[sorted.Count / 2 - 1] + sorted[sorted.Count / 2]) / 2;
    }
}
