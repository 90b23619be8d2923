using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace OciLayout.Bench;

/// <summary>
/// Another clone of the repository, whose bench and module are built. Its trials alternate with those of this one, because the
/// speed of the machine varies over time.
/// </summary>
internal sealed class Against
{
    private readonly string _root;
    private readonly string _program;
    private readonly HashSet<string> _names;

    /// <param name="root">The root of the clone.</param>
    /// <exception cref="FileNotFoundException">Its bench is not built.</exception>
    public Against(string root)
    {
        _root = Path.GetFullPath(root);
        _program = Path.Combine(_root, "bench", "bin", Engine.Configuration, "net10.0", Path.GetFileName(Environment.ProcessPath!));
        if (!File.Exists(_program)) throw new FileNotFoundException($"The bench of '{root}' is not built: dotnet build -c {Engine.Configuration} {root}/bench.");
        _names = [.. TrialProcess.Output(new CommandLine(_program, "--list")).Split('\n').Select(l => l.Split(' ')[0])];
    }

    /// <summary>Returns the trial of the other clone for a case; null if it does not have the case.</summary>
    public Trial? TrialFor(Case @case)
    {
        var ours = @case.Ours;
        if (!_names.Contains(@case.Name)) return null;
        return new Trial
        {
            Name = "before",
            Prepare = ours.Prepare,
            Command = ours.Command is { } whole ? place => whole(place) is { } line ? Moved(line) : null : null,
            Inside = ours.Inside is { } inside ? place => Moved(inside(place)) : place => TrialProcess.LineFor(_program, @case, ours, place),
        };
    }

    // The same script, with the module of the other clone.
    private CommandLine Moved(CommandLine line) =>
        line with { File = line.File.Replace(Engine.Root, _root, StringComparison.Ordinal), Arguments = [.. line.Arguments.Select(a => a.Replace(Engine.Root, _root, StringComparison.Ordinal))] };
}
