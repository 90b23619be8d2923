using System;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Splits texts at commas, because a cell of a CSV file has several patterns. A tag has no comma. An empty cell has no pattern.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PatternListTransformationAttribute : ArgumentTransformationAttribute
{
    private static readonly TagTransformationAttribute Tags = new();

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var texts = Tags.Transform(engineIntrinsics, inputData);
        return (texts as object?[] ?? [texts]).SelectMany(t => (t?.ToString() ?? "").Split(',')).Select(t => t.Trim()).Where(t => t.Length > 0).ToArray();
    }
}
