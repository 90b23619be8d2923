using System;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Accepts only text and numbers as tags. The engine would convert any object to text: a piped file to its path, an object of another store
/// to a name that may have another meaning in this one.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TagTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        EngineObject.Base(inputData) is object[] many ? many.Select(t => Check(t, alone: false)).ToArray() : Check(inputData, alone: true);

    private static object? Check(object? value, bool alone)
    {
        var tag = EngineObject.Base(value);
        if (tag is null or string or char or Version or ScriptBlock) return tag;
        if (NumberText.IsNumber(value))
            return NumberText.Of(value!, alone) ?? throw new ArgumentTransformationMetadataException($"'{tag}' is a number, not a tag. {NumberText.QuoteAdvice}");
        if (tag is OciPlaceInfo)
            throw new ArgumentTransformationMetadataException("A tag is a text, not a store. Name the parameters, such as Set-OciTag -Store $store -Tag v1 -Reference v2.");
        throw new ArgumentTransformationMetadataException(
            $"A tag is a text, not an object of the type {EngineObject.TypeName(tag)}. Write the name that it has, such as $_.Tag.");
    }
}
