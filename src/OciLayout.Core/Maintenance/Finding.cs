using System;
using System.Collections.Generic;

namespace OciLayout;

/// <summary>A problem of a layout, or other information about it.</summary>
public sealed class Finding
{
    internal Finding(FindingProblem problem, FindingSeverity severity, string path)
    {
        Problem = problem;
        Severity = severity;
        Path = path;
    }

    /// <summary>Gets the problem.</summary>
    public FindingProblem Problem { get; }

    /// <summary>Gets the severity.</summary>
    public FindingSeverity Severity { get; }

    /// <summary>Gets the path of the file that has the problem.</summary>
    public string Path { get; }

    /// <summary>Gets the digest of the content concerned; empty if there is none.</summary>
    public Digest Digest { get; internal init; }

    /// <summary>Gets the expected state.</summary>
    public string? Expected { get; internal init; }

    /// <summary>Gets the actual state.</summary>
    public string? Actual { get; internal init; }

    /// <summary>Gets the tags that need the content.</summary>
    public IReadOnlyList<string> Tags { get; internal init; } = Array.Empty<string>();

    /// <summary>Gets the action that a repair takes.</summary>
    public FindingRemedy Remedy { get; internal init; }

    /// <summary>Gets the reason why a repair did not solve the problem; null if it did, or if none was attempted.</summary>
    public string? Reason { get; private set; }

    /// <summary>Gets the digests of the index entries with a name that need the content.</summary>
    internal IReadOnlyCollection<Digest> Roots { get; init; } = Array.Empty<Digest>();

    /// <summary>Returns a copy of this finding with the reason why it was not repaired.</summary>
    internal Finding NotRepaired(string reason)
    {
        var result = (Finding)MemberwiseClone();
        result.Reason = reason;
        return result;
    }
}
