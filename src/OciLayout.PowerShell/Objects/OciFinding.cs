using System.Collections.Generic;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>A problem of a layout, or a fact about it that the user should know.</summary>
public sealed class OciFinding
{
    internal OciFinding(string store, Finding core)
    {
        Store = store;
        Core = core;
    }

    internal Finding Core { get; }

    /// <summary>The path of the layout, which may be too damaged to open as a store.</summary>
    public string Store { get; }

    /// <summary>The digest of the affected content; null when no content is affected.</summary>
    public PSObject? Digest => DigestText.Of((Digest?)Core.Digest);

    /// <summary>The problem.</summary>
    public FindingProblem Problem => Core.Problem;

    /// <summary>The severity. Only an error makes a store unsound.</summary>
    public FindingSeverity Severity => Core.Severity;

    /// <summary>The expected value.</summary>
    public string? Expected => Core.Expected;

    /// <summary>The actual value.</summary>
    public string? Actual => Core.Actual;

    /// <summary>The affected file.</summary>
    public string Path => Core.Path;

    /// <summary>The tags that need the content.</summary>
    public IReadOnlyList<string> Tag => Core.Tags;

    /// <summary>The action that Repair-OciStore takes.</summary>
    public FindingRemedy Remedy => Core.Remedy;

    /// <summary>Whether the problem was repaired.</summary>
    public bool Repaired { get; internal set; }

    /// <summary>The reason why Repair-OciStore did not repair it.</summary>
    public string? Reason => Core.Reason;

    /// <summary>Returns the problem, and the digest or file, with characters that are not printable escaped.</summary>
    public override string ToString() => $"{Problem}: {Display.Text(Core.Digest.IsEmpty ? Path : Core.Digest.ToString())}";
}
