using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Completes paths of layouts, and of directories that may contain layouts.</summary>
public sealed class StoreCompleter : OciCompleter
{
    private protected override bool NeedsStore => false;

    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request) =>
        LayoutPath.Complete(request.Word.Text, request.Session).Select(path => request.Word.Path(path));
}
