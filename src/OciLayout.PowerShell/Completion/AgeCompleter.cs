using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Completes ages with common ones.</summary>
public sealed class AgeCompleter : OciCompleter
{
    private static readonly (string Text, string Meaning)[] Common = [("1h", "One hour"), ("1d", "One day"), ("7d", "Seven days"), ("30d", "Thirty days")];

    private protected override bool NeedsStore => false;

    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request) =>
        Common.Where(age => request.Word.Matches(age.Text)).Select(age => request.Word.Result(age.Text, age.Text, age.Meaning));
}
