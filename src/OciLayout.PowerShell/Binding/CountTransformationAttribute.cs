using System;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Converts an empty cell of a CSV file to no number. The engine would convert it to 0.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class CountTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        EngineObject.Base(inputData) is string text && string.IsNullOrWhiteSpace(text) ? null : inputData;
}
