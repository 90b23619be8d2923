using System.Collections;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>The store that a half-typed line means: its -Store, the default one, or the current directory.</summary>
internal static class CompletionStore
{
    /// <summary>Opens it.</summary>
    /// <param name="command">The cmdlet.</param>
    /// <param name="bound">What the engine could bind so far; a variable has its value here.</param>
    /// <returns>The store; null when the line means none.</returns>
    public static OciLayout.OciStore? Find(string command, IDictionary bound)
    {
        // Completers get no session, and one that asks the runspace for it is refused while a line is being completed.
        if (Unwrap.Base(ScriptBlock.Create("$ExecutionContext").InvokeReturnAsIs()) is not EngineIntrinsics engine) return null;
        var session = engine.SessionState;
        var given = bound[nameof(OciStoreCmdlet.Store)] ?? Default(session, command);
        if (given is null)
            return DefaultStore.FromLocation(session) is { } current ? OciLayout.OciStore.Open(current) : null;
        var argument = StoreArgument.From(given);
        return argument.Store?.Core ?? OciLayout.OciStore.Open(argument.FullPath(session));
    }

    // The engine leaves the default values out of what it binds for a completion.
    private static object? Default(SessionState session, string command)
    {
        if (Unwrap.Base(session.PSVariable.GetValue("PSDefaultParameterValues")) is not IDictionary defaults) return null;
        if (LanguagePrimitives.IsTrue(defaults["Disabled"])) return null;
        foreach (DictionaryEntry entry in defaults)
        {
            var parts = entry.Key.ToString()!.Split(':');
            if (parts.Length == 2 && Fits(parts[0], command) && Fits(parts[1], nameof(OciStoreCmdlet.Store)) && Unwrap.Base(entry.Value) is not ScriptBlock)
                return entry.Value;
        }

        return null;
    }

    private static bool Fits(string pattern, string text) =>
        new WildcardPattern(pattern.Trim(), WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant).IsMatch(text);
}
