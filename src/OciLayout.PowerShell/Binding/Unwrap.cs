using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Looks through the wrapper that the engine puts around pipeline objects.</summary>
internal static class Unwrap
{
    /// <summary>The object itself; a custom object, which has nothing below the wrapper, stays what it is.</summary>
    public static object? Base(object? value) =>
        value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;

    /// <summary>A member's value, from an own property, an added one, or one that was deserialized; none when reading it fails.</summary>
    public static object? Property(object value, string name)
    {
        try
        {
            return PSObject.AsPSObject(value).Properties[name]?.Value;
        }
        catch (GetValueException)
        {
            return null;
        }
    }

    /// <summary>The name of its type for people, without namespace.</summary>
    public static string TypeName(object? value)
    {
        if (value is null) return "null";
        var name = PSObject.AsPSObject(value).TypeNames[0];
        return name.Substring(name.LastIndexOf('.') + 1);
    }
}
