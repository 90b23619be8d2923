using System;
using System.Collections.Generic;

namespace OciLayout.Safety.Steps;

/// <summary>
/// Visits every schedule of two processes with at most so many preemptions (iterative context bounding), each class of equivalent
/// ones once.
/// </summary>
/// <remarks>
/// Why leaving some out loses nothing. Let one process be stopped before its operation x, the other run its operations S, and then the
/// first go on with x. If x conflicts with none of S, then doing x before S gives the same results and the same files, with no more
/// preemptions: it is the schedule that stops the first process one operation later. So only those positions are visited whose x
/// conflicts with what the other does meanwhile, and with what it does before it is stopped itself. Each such step moves a preemption
/// to a later operation, so every schedule left out has one like it that is visited.
/// </remarks>
internal sealed class Explorer
{
    private readonly Func<int, IReadOnlyList<int>, List<Step>> _run;
    private readonly bool _all;

    /// <param name="run">Runs and checks a schedule.</param>
    /// <param name="all">Whether to visit equivalent schedules, too; to show that it makes no difference.</param>
    public Explorer(Func<int, IReadOnlyList<int>, List<Step>> run, bool all = false) => (_run, _all) = (run, all);

    /// <summary>How many schedules were run.</summary>
    public long Visited { get; private set; }

    /// <summary>At how many positions a preemption would have changed nothing.</summary>
    public long LeftOut { get; private set; }

    /// <summary>The operations of the longest schedule.</summary>
    public int Longest { get; private set; }

    public void Explore(int first, int bound) => Visit(first, [], Run(first, []), 1, bound);

    private List<Step> Run(int first, IReadOnlyList<int> preemptions)
    {
        Visited++;
        List<Step> trace = _run(first, preemptions);
        Longest = Math.Max(Longest, trace.Count);
        return trace;
    }

    // Positions are tried from the last one down: what the other process does when it runs at t + 1 is what it does at t, unless
    // x conflicts.
    private void Visit(int first, int[] preemptions, List<Step> trace, int from, int left)
    {
        if (left == 0) return;
        List<Step> source = trace;
        int stint = trace.Count;
        for (int t = trace.Count - 1; t >= from; t--)
        {
            Step next = trace[t];
            if (t + 1 < trace.Count && trace[t + 1].Process != next.Process) (source, stint) = (trace, t + 1);
            if (trace[t - 1].Process != next.Process || !next.OtherCouldRun) continue;
            if (!_all && FirstConflict(next, source, stint) < 0)
            {
                LeftOut++;
                continue;
            }

            int[] more = [.. preemptions, t];
            (source, stint) = (Run(first, more), t);
            int conflict = FirstConflict(next, source, stint);
            Visit(first, more, source, _all ? t + 1 : conflict + 1, left - 1);
        }
    }

    private static int FirstConflict(Step next, List<Step> source, int stint)
    {
        for (int i = stint; i < source.Count && source[i].Process != next.Process; i++)
        {
            if (next.Conflicts(source[i])) return i;
        }

        return -1;
    }
}
