using System.Collections;
using System.IO;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Finds the store that is used when no store is given.</summary>
internal static class DefaultStore
{
    /// <summary>
    /// Returns whether a bound value comes from <c>$PSDefaultParameterValues</c>. The engine does not report this, but it binds the same
    /// object.
    /// </summary>
    public static bool IsDefault(SessionState session, object? bound)
    {
        if (bound is null || EngineObject.Base(session.PSVariable.GetValue("PSDefaultParameterValues")) is not IDictionary defaults) return false;
        foreach (DictionaryEntry entry in defaults)
        {
            if (ReferenceEquals(EngineObject.Base(entry.Value), EngineObject.Base(bound))) return true;
        }

        return false;
    }

    /// <summary>Returns the current directory when it is an image layout, otherwise null.</summary>
    public static string? FromLocation(SessionState session) =>
        PathResolver.Current(session) is { } current && File.Exists(Path.Combine(current, "oci-layout")) ? current : null;
}
