using System.Collections.Generic;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Completes the hosts of the registries that this process uses.</summary>
public sealed class RegistryCompleter : OciCompleter
{
    private protected override bool NeedsStore => false;

    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request) => request.Texts(Registries.Hosts());
}
