using System.Collections.Generic;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>A cmdlet that names content with <c>-Reference</c>.</summary>
public abstract class OciReferenceCmdlet : OciItemCmdlet
{
    /// <summary>
    /// A tag, a digest, at least seven digits of a digest, or an object that has one of them. Wildcards are not permitted.
    /// </summary>
    [Parameter(Position = 1)]
    [ItemTransformation(Many = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ReferenceCompleter))]
    public ItemArgument[]? Reference { get; set; }

    private protected override IReadOnlyList<ItemArgument>? Named => Reference;

    private protected override string? SecondParameter => nameof(Reference);
}
