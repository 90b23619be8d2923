using System;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Converts arguments to an array of <see cref="SyncSourceArgument"/>. An object with a property Source is not converted, so that the engine
/// binds its properties by their names.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SyncSourceTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if (inputData is not null && EngineObject.Base(inputData) is not string && EngineObject.Property(inputData, "Source") is not null) return inputData;
        var sources = (EngineObject.Base(inputData) as object?[] ?? [inputData]).Select(SyncSourceArgument.From).ToArray();
        foreach (var source in sources) source.TryResolve(engineIntrinsics.SessionState);
        return sources;
    }
}
