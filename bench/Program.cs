using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using OciLayout.Bench.Cases;

namespace OciLayout.Bench;

/// <summary>Runs the cases of docs/performance.md, all or by name.</summary>
internal static class Program
{
    private const string Usage = """
        OciLayout.Bench [NAME …] [--runs N] [--json FILE] [--directory DIR] [--against CLONE] [--curves] [--smoke] [--list]

        NAME         runs the cases whose names begin with NAME; without a name, all cases
        --runs N     the number of runs of each trial; 5 by default
        --json FILE  writes all samples to FILE
        --directory  the working directory. It needs about 6 GiB. The results depend on its file system.
        --against    another clone of the repository whose bench is built. Its trials alternate with those of this clone. The line "before"
                     has their time, and the time of this clone divided by it.
        --curves     measures how the times grow with the number of images, from 100 to 100,000
        --smoke      runs each trial once with little data, to check that it works. The times mean nothing.
        --list       lists the cases
        """;

    // The name of the data that the shared directory holds.
    private static string? _data;

    private static int Main(string[] args)
    {
        if (args is [TrialProcess.Verb, var name, var trial, var root, var scale])
        {
            var found = All.Cases.Single(c => c.Name == name);
            TrialProcess.Do(found.Trials.Single(t => t.Name == trial), new Place(root, int.Parse(scale, CultureInfo.InvariantCulture)));
            return 0;
        }

        if (Options.Parse(args) is not { } options)
        {
            Console.Error.WriteLine(Usage);
            return 64; // EX_USAGE
        }

        var cases = All.Cases.Where(c => options.Names.Count == 0 || options.Names.Any(n => c.Name.StartsWith(n, StringComparison.Ordinal))).ToList();
        if (cases.Count == 0)
        {
            Console.Error.WriteLine($"No case has a name that begins with {string.Join(" or ", options.Names)}. --list lists the cases.");
            return 1;
        }

        if (options.List)
        {
            foreach (var c in cases) Console.WriteLine($"{c.Name,-34} {c.Work}");
            return 0;
        }

        Run(options, cases);
        return 0;
    }

    private static void Run(Options options, List<Case> cases)
    {
        var root = Path.Combine(options.Directory, "ocilayout-bench-" + Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        Console.WriteLine($"{Environment.ProcessorCount} processors, .NET {Environment.Version}, scripts in {Engine.Name}, {options.Runs} runs each, in {options.Directory}");
        Console.WriteLine($"core: {Facts.Core}; core of the module: {Engine.Core}; fixed loop {Facts.Clock():0.0} ms");
        var against = options.Against is { } clone ? new Against(clone) : null;
        var results = new List<Result>();
        var curves = new List<Growth>();
        try
        {
            if (!options.CurvesOnly)
            {
                Report.Head();
                foreach (var @case in cases)
                {
                    if (@case.Needs is { } program && Engine.Find(program) is null)
                    {
                        Console.WriteLine($"{@case.Name}: skipped, {program} is not on PATH");
                        continue;
                    }

                    results.Add(Measure(@case, new Result(@case, against?.TrialFor(@case)), new Place(root, options.Scale), options.Runs));
                    Report.Line(results[^1]);
                }
            }

            if (options.Curves)
            {
                foreach (var curve in Curves.Measure(root, options))
                {
                    curves.Add(curve);
                    Console.WriteLine(curve);
                }
            }
        }
        finally
        {
            if (Directory.Exists(root)) Directory.Delete(root, recursive: true);
        }

        if (options.Json is { } json) Report.WriteJson(json, results, curves);
    }

    // The trials alternate, so that a slow phase of the machine affects all of them.
    private static Result Measure(Case @case, Result result, Place place, int runs)
    {
        try
        {
            if (@case.Data is null || @case.Data != _data || !Directory.Exists(place.Shared))
            {
                if (Directory.Exists(place.Root)) Directory.Delete(place.Root, recursive: true);
                Directory.CreateDirectory(place.Shared);
                @case.Setup(place);
            }

            _data = @case.Data;
            for (var run = 0; run < runs; run++)
            {
                foreach (var trial in result.Trials)
                {
                    if (TrialProcess.Run(@case, trial, place) is { } sample) result.Add(trial, sample);
                }
            }
        }
        finally
        {
            RegistryServer.StopAll();
        }

        return result;
    }
}
