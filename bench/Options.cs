using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace OciLayout.Bench;

/// <summary>The command line options.</summary>
internal sealed class Options
{
    public List<string> Names { get; } = [];

    public int Runs { get; private set; } = 5;

    /// <summary>Gets the number that all counts and sizes are divided by.</summary>
    public int Scale { get; private set; } = 1;

    public string? Json { get; private set; }

    public string Directory { get; private set; } = Path.GetTempPath();

    /// <summary>Gets the root of another clone whose trials alternate with these; null for none.</summary>
    public string? Against { get; private set; }

    public bool Curves { get; private set; }

    public bool List { get; private set; }

    /// <summary>Gets whether to measure only the curves.</summary>
    public bool CurvesOnly => Curves && Names.Count == 0 && Scale == 1;

    public static Options? Parse(string[] args)
    {
        var options = new Options();
        for (var i = 0; i < args.Length; i++)
        {
            var next = i + 1 < args.Length ? args[i + 1] : null;
            switch (args[i])
            {
                case "--runs" when int.TryParse(next, NumberStyles.None, CultureInfo.InvariantCulture, out var runs) && runs > 0:
                    options.Runs = runs;
                    i++;
                    break;
                case "--json" when next is not null:
                    options.Json = Path.GetFullPath(next);
                    i++;
                    break;
                case "--directory" when next is not null && System.IO.Directory.Exists(next):
                    options.Directory = Path.GetFullPath(next);
                    i++;
                    break;
                case "--against" when next is not null && System.IO.Directory.Exists(next):
                    options.Against = Path.GetFullPath(next);
                    i++;
                    break;
                case "--curves":
                    options.Curves = true;
                    break;
                case "--smoke":
                    (options.Runs, options.Scale, options.Curves) = (1, 100, true);
                    break;
                case "--list":
                    options.List = true;
                    break;
                default:
                    if (args[i].StartsWith('-')) return null;
                    options.Names.Add(args[i]);
                    break;
            }
        }

        return options;
    }
}
