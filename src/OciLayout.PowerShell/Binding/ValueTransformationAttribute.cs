using System;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Converts arguments to <see cref="ValueArgument"/>. Objects with a path, such as those of Get-ChildItem, are not converted, so that the
/// engine binds their path by property name. Strings are converted, although Get-Content adds a path to them.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ValueTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var hasPath = EngineObject.Base(inputData) is not (null or string or byte or byte[]) && EngineObject.Property(inputData, "PSPath") is not null;
        return hasPath ? inputData : ValueArgument.From(inputData);
    }
}
