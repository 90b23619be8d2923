using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>What came of a script.</summary>
/// <param name="Output">What it emitted.</param>
/// <param name="Errors">The errors that it wrote and went on after.</param>
/// <param name="Terminating">The error that ended it, or null.</param>
/// <param name="Stopped">Whether it was stopped from outside.</param>
/// <param name="Warnings">The texts of its warnings.</param>
/// <param name="Verbose">The texts of its verbose messages, where they were asked for.</param>
/// <param name="Progress">Its progress, in order.</param>
/// <param name="HostText">All that the terminal showed: warnings, <c>What if:</c>, prompts, and the output where it was rendered.</param>
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
    /// <summary>The errors that it wrote, and last the one that ended it.</summary>
    public IEnumerable<ErrorRecord> AllErrors => Terminating is null ? Errors : Errors.Append(Terminating);

    /// <summary>The lines that <c>-WhatIf</c> printed, without their label.</summary>
    public IReadOnlyList<string> WhatIf =>
        [.. HostText.Split('\n').Where(l => l.StartsWith("What if: ", StringComparison.Ordinal)).Select(l => l["What if: ".Length..].TrimEnd())];

    /// <summary>The id of the only error, without the cmdlet's name: the kind of the error.</summary>
    public string ErrorId => Assert.Single(AllErrors).FullyQualifiedErrorId.Split(',')[0];

    /// <summary>Fails the test if there was any error.</summary>
    public SessionResult AssertNoErrors()
    {
        Assert.True(!AllErrors.Any(), string.Join('\n', AllErrors.Select(e => $"{e.FullyQualifiedErrorId}: {e}\n{e.ScriptStackTrace}")));
        return this;
    }
}
