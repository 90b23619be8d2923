using System;
using System.Linq;

namespace OciLayout.Worker;

/// <summary>
/// A process that works on a store until its standard input ends or it is killed. It says <c>ready</c>, reads one job line (words parted by
/// tabs: job, layout, key=value…), and tells what it is about to do (<c>?</c>) and, after the core's call has returned, what it did (<c>!</c>).
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
