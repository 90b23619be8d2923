using System.Collections;
using System.IO;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>The store that is meant when none is written.</summary>
internal static class DefaultStore
{
    /// <summary>
    /// Whether a bound value is one of <c>$PSDefaultParameterValues</c>. The engine does not say so, but it hands over that very object.
    /// </summary>
    public static bool IsDefault(SessionState session, object? bound)
    {
        if (bound is null || Unwrap.Base(session.PSVariable.GetValue("PSDefaultParameterValues")) is not IDictionary defaults) return false;
        foreach (DictionaryEntry entry in defaults)
        {
            if (ReferenceEquals(Unwrap.Base(entry.Value), Unwrap.Base(bound))) return true;
        }

        return false;
    }

    /// <summary>The current directory, when it is an image layout.</summary>
    public static string? FromLocation(SessionState session) =>
        PathResolver.Current(session) is { } current && File.Exists(Path.Combine(current, "oci-layout")) ? current : null;
}
