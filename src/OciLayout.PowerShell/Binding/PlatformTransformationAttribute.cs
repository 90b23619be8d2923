using System;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Parses platforms: <c>linux/arm64/v8</c>, <c>windows/amd64:10.0.20348</c>, or the Platform property of a descriptor.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PlatformTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        EngineObject.Base(inputData) is object[] many ? many.Select(Read).ToArray() : Read(inputData);

    private static object? Read(object? value)
    {
        if (EngineObject.Base(value) is not string text) return EngineObject.Base(value);
        try
        {
            return OciLayout.Platform.Parse(text);
        }
        catch (FormatException e)
        {
            throw new ArgumentTransformationMetadataException(e.Message, e);
        }
    }
}
