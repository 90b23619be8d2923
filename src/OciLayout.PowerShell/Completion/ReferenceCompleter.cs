using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Completes references: tags first, then the digests that the index lists.</summary>
public sealed class ReferenceCompleter : OciCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request) => Tags(request).Concat(Digests(request));
}
