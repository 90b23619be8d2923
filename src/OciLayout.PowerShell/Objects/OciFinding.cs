using System.Collections.Generic;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Something that is wrong with a layout, or worth knowing of it.</summary>
public sealed class OciFinding
{
    internal OciFinding(string store, Finding core)
    {
        Store = store;
        Core = core;
    }

    internal Finding Core { get; }

    /// <summary>The path of the layout; it may be one that cannot be opened.</summary>
    public string Store { get; }

    /// <summary>The content that it is about; nothing when it is about none.</summary>
    public PSObject? Digest => DigestText.Of((Digest?)Core.Digest);

    /// <summary>What it is.</summary>
    public FindingProblem Problem => Core.Problem;

    /// <summary>How bad it is. Only an error makes a store unsound.</summary>
    public FindingSeverity Severity => Core.Severity;

    /// <summary>What should be there.</summary>
    public string? Expected => Core.Expected;

    /// <summary>What is there.</summary>
    public string? Actual => Core.Actual;

    /// <summary>The file that it is in.</summary>
    public string Path => Core.Path;

    /// <summary>The tags that need the content.</summary>
    public IReadOnlyList<string> Tag => Core.Tags;

    /// <summary>What Repair-OciStore does about it.</summary>
    public FindingRemedy Remedy => Core.Remedy;

    /// <summary>Whether it was mended.</summary>
    public bool Repaired { get; internal set; }

    /// <summary>Why Repair-OciStore did not mend it.</summary>
    public string? Reason => Core.Reason;

    /// <summary>The problem and where it is.</summary>
    public override string ToString() => $"{Problem}: {(Core.Digest.IsEmpty ? Path : Core.Digest.ToString())}";
}
