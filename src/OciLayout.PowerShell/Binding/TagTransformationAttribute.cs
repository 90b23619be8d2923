using System;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Lets only text and numbers be tags. The engine would turn any object into text: a piped file into its path, an object of
/// another store into a name that may mean something else in this one.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TagTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        Unwrap.Base(inputData) is object[] many ? many.Select(Check).ToArray() : Check(inputData);

    private static object? Check(object? value)
    {
        var tag = Unwrap.Base(value);
        if (tag is null or string or char or int or long or double or decimal or Version or ScriptBlock) return tag;
        throw new ArgumentTransformationMetadataException(
            $"A tag is a text, not an object of the type {Unwrap.TypeName(tag)}. Write the name that it has, such as $_.Tag.");
    }
}
