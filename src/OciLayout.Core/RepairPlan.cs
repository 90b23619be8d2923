using System.Collections.Generic;

namespace OciLayout;

/// <summary>The findings that a repair would repair.</summary>
public sealed class RepairPlan
{
    internal RepairPlan(string path, RepairOptions options, IReadOnlyList<Finding> findings)
    {
        Path = path;
        Options = options;
        Findings = findings;
    }

    /// <summary>Gets the path of the layout.</summary>
    public string Path { get; }

    /// <summary>Gets the findings to repair. Each has a remedy.</summary>
    public IReadOnlyList<Finding> Findings { get; }

    internal RepairOptions Options { get; }
}
