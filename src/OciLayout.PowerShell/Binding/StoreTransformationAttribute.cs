using System;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Converts an argument to <see cref="StoreArgument"/> and resolves its path against <c>$PWD</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class StoreTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var argument = StoreArgument.From(inputData);
        argument.TryResolve(engineIntrinsics.SessionState);
        return argument;
    }
}
