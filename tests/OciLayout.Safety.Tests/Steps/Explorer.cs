using System;
using System.Collections.Generic;

namespace OciLayout.Safety.Steps;

/// <summary>
/// Runs every schedule of two processes with at most a given number of preemptions (iterative context bounding). Of equivalent
/// schedules it runs one.
/// </summary>
/// <remarks>
/// Skipping schedules loses nothing, for this reason. Stop one process before its operation x, let the other run its operations S, and
/// then let the first continue with x. If x conflicts with no operation of S, then running x before S gives the same results and the same
/// files with no more preemptions: it is the schedule that stops the first process one operation later. So only those positions are
/// visited whose x conflicts with an operation that the other process runs before it is itself stopped. Each such shift moves a preemption
/// to a later operation, so every skipped schedule is equivalent to one that is visited.
/// </remarks>
internal sealed class Explorer
{
    private readonly Func<int, IReadOnlyList<int>, List<Step>> _run;
    private readonly bool _all;

    /// <param name="run">A function that runs and checks a schedule.</param>
    /// <param name="all">Whether to run equivalent schedules, too, to show that they make no difference.</param>
    public Explorer(Func<int, IReadOnlyList<int>, List<Step>> run, bool all = false) => (_run, _all) = (run, all);

    /// <summary>The number of schedules that were run.</summary>
    public long Visited { get; private set; }

    /// <summary>The number of positions where a preemption would have changed nothing.</summary>
    public long LeftOut { get; private set; }

    /// <summary>The number of operations of the longest schedule.</summary>
    public int Longest { get; private set; }

    public void Explore(int first, int bound) => Visit(first, [], Run(first, []), 1, bound);

    private List<Step> Run(int first, IReadOnlyList<int> preemptions)
    {
        Visited++;
        List<Step> trace = _run(first, preemptions);
        Longest = Math.Max(Longest, trace.Count);
        return trace;
    }

    // Try positions from the last to the first: the operations that the other process runs from t + 1 are those that it runs from t,
    // unless x conflicts with one of them.
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
