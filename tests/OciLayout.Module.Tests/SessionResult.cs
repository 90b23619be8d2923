using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>The results of a script.</summary>
/// <param name="Output">The objects that the script emitted.</param>
/// <param name="Errors">The non-terminating errors.</param>
/// <param name="Terminating">The error that ended the script, or null.</param>
/// <param name="Stopped">Whether the script was stopped from outside.</param>
/// <param name="Warnings">The texts of the warnings.</param>
/// <param name="Verbose">The texts of the verbose messages, where enabled.</param>
/// <param name="Progress">The progress records, in order.</param>
/// <param name="HostText">The text of the terminal: warnings, <c>What if:</c>, prompts, and the output where it was rendered.</param>
internal sealed record SessionResult(
    IReadOnlyList<PSObject> Output,
    IReadOnlyList<ErrorRecord> Errors,
    ErrorRecord? Terminating,
    bool Stopped,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<string> Verbose,
    IReadOnlyList<ProgressRecord> Progress,
    string HostText)
{
    /// <summary>The non-terminating errors, and last the terminating one.</summary>
    public IEnumerable<ErrorRecord> AllErrors => Terminating is null ? Errors : Errors.Append(Terminating);

    /// <summary>The lines that <c>-WhatIf</c> printed, without the label.</summary>
    public IReadOnlyList<string> WhatIf =>
        [.. HostText.Split('\n').Where(l => l.StartsWith("What if: ", StringComparison.Ordinal)).Select(l => l["What if: ".Length..].TrimEnd())];

    /// <summary>The error id without the cmdlet name, which is the kind of the error. There must be exactly one error.</summary>
    public string ErrorId => Assert.Single(AllErrors).FullyQualifiedErrorId.Split(',')[0];

    /// <summary>Fails the test if the script had an error.</summary>
    public SessionResult AssertNoErrors()
    {
        Assert.True(!AllErrors.Any(), string.Join('\n', AllErrors.Select(e => $"{e.FullyQualifiedErrorId}: {e}\n{e.ScriptStackTrace}")));
        return this;
    }
}
