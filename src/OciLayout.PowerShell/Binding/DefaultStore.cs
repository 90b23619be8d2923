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

    /// <summary>Returns whether a command has a default store: in <c>$PSDefaultParameterValues</c>, or the current directory.</summary>
    public static bool Exists(SessionState session, string command) => FromParameters(session, command) is not null || FromLocation(session) is not null;

    /// <summary>Returns the value for the store in <c>$PSDefaultParameterValues</c>, which the engine does not bind during completion.</summary>
    public static object? FromParameters(SessionState session, string command)
    {
        if (EngineObject.Base(session.PSVariable.GetValue("PSDefaultParameterValues")) is not IDictionary defaults) return null;
        if (LanguagePrimitives.IsTrue(defaults["Disabled"])) return null;
        foreach (DictionaryEntry entry in defaults)
        {
            var parts = entry.Key.ToString()!.Split(':');
            if (parts.Length == 2 && Matches(parts[0], command) && Matches(parts[1], nameof(OciStoreCmdlet.Store)) && EngineObject.Base(entry.Value) is not ScriptBlock)
                return entry.Value;
        }

        return null;
    }

    private static bool Matches(string pattern, string text) =>
        new WildcardPattern(pattern.Trim(), WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant).IsMatch(text);

    /// <summary>Returns the current directory when it is an image layout, otherwise null.</summary>
    public static string? FromLocation(SessionState session) =>
        PathResolver.Current(session) is { } current && File.Exists(Path.Combine(current, "oci-layout")) ? current : null;
}
