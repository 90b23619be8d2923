using System;
using System.Linq;

namespace OciLayout.Worker;

/// <summary>
/// Works on a store until the standard input ends or the process is killed. The process writes <c>ready</c> and reads one job line (words
/// separated by tabs: job, layout, key=value…). A line that starts with <c>?</c> announces a change. A line that starts with <c>!</c>
/// acknowledges a change after the call of the core has returned.
/// </summary>
internal static class Program
{
    private static int Main()
    {
        using var wire = new Wire();
        wire.Say("ready");
        if (wire.Next() is not { } line) return 0;
        try
        {
            var job = new Job(line);
            switch (job.Name)
            {
                case "change":
                    Changing.Run(wire, job);
                    break;
                case "collect":
                    Stepping.CollectUntilTold(wire, job);
                    break;
                case "step":
                    new Stepping(wire, job).Run();
                    break;
                case "read":
                    Reading.Loop(wire, job);
                    break;
                case "pull" or "push" or "attach":
                    Exchanging.Run(wire, job);
                    break;
                case "lock":
                    Reading.HoldLock(wire, job);
                    break;
                default:
                    throw new ArgumentException($"No such job: {job.Name}");
            }

            wire.Say("done");
            return 0;
        }
        catch (Exception e)
        {
            wire.Say("error " + string.Join(" | ", e.ToString().Split('\n').Select(l => l.Trim()).Take(12)));
            return 1;
        }
    }
}
