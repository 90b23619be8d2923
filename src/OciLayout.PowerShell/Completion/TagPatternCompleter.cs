using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Completes tags for a parameter with wildcards. Wildcard characters of a tag are escaped.</summary>
public sealed class TagPatternCompleter : OciCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletionRequest request) =>
        from item in request.Tags
        let tag = item.Tag
        where tag.Length > 0 && request.Word.Matches(tag)
        select request.Word.Result(WildcardPattern.ContainsWildcardCharacters(tag) ? WildcardPattern.Escape(tag) : tag, tag, item.ToolTip);
}
