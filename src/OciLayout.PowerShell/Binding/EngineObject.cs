using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Reads objects that the engine may have wrapped in PSObject.</summary>
internal static class EngineObject
{
    /// <summary>Returns the wrapped object. A custom object has none and is returned itself.</summary>
    public static object? Base(object? value) =>
        value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;

    /// <summary>Returns the value of a native, added or deserialized property; null when it does not exist or cannot be read.</summary>
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

    /// <summary>Returns the name of the type of an object, without its namespace.</summary>
    public static string TypeName(object? value)
    {
        if (value is null) return "null";
        var name = PSObject.AsPSObject(value).TypeNames[0];
        return name.Substring(name.LastIndexOf('.') + 1).Split('#')[0];
    }
}
