using System;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Converts arguments to an array of <see cref="StoreArgument"/>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class StoreListTransformationAttribute : ArgumentTransformationAttribute
{
    private static readonly StoreTransformationAttribute One = new();

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (EngineObject.Base(inputData) is object[] many ? many : [inputData]).Select(s => (StoreArgument)One.Transform(engineIntrinsics, s)).ToArray();
}
