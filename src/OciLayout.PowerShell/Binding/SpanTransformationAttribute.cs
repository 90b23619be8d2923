using System;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Refuses bare numbers for a time span: the engine would read them as ticks of 100 nanoseconds, which nobody means.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SpanTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        Unwrap.Base(inputData) is sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal
            ? throw new ArgumentTransformationMetadataException("A bare number has no unit. Write a time span: '01:00:00' is an hour, '7.00:00:00' a week.")
            : inputData;
}
