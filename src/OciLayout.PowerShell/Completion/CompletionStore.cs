using System.Collections;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace OciLayout.PowerShell;

/// <summary>
/// Finds the store of an incomplete line: its -Store, the store of an earlier command in the pipeline, the default store, or the current
/// directory.
/// </summary>
internal static class CompletionStore
{
    /// <summary>Opens the store.</summary>
    /// <param name="command">The name of the cmdlet.</param>
    /// <param name="line">The incomplete command.</param>
    /// <param name="bound">The arguments that the engine has bound so far, with the values of variables.</param>
    /// <param name="session">The session of the prompt.</param>
    /// <returns>The store; null when there is none.</returns>
    public static OciPlaceInfo? Find(string command, CommandAst line, IDictionary bound, SessionState session)
    {
        var given = bound[nameof(OciStoreCmdlet.Store)] ?? FirstArgument(line, session) ?? Piped(line, session) ?? DefaultStore.FromParameters(session, command);
        if (given is null)
            return DefaultStore.FromLocation(session) is { } current ? new OciStoreInfo(OciStore.Open(current)) : null;
        var argument = StoreArgument.From(given);
        return argument.Store ?? (argument.Registry is { } repository ? new OciRepositoryInfo(repository) : new OciStoreInfo(OciStore.Open(argument.FullPath(session))));
    }

    // The store is the first argument of Set-OciTag only with -Reference, which may not have been typed yet.
    private static string? FirstArgument(CommandAst line, SessionState session) =>
        line.CommandElements.Count > 2 && line.CommandElements[1] is StringConstantExpressionAst first && IsStore(first.Value, session) ? first.Value : null;

    // An earlier command of the pipeline emits objects of its store.
    private static object? Piped(CommandAst line, SessionState session)
    {
        if (line.Parent is not PipelineAst pipeline) return null;
        foreach (var before in pipeline.PipelineElements.TakeWhile(e => e != line).OfType<CommandAst>().Reverse())
        {
            foreach (var element in before.CommandElements.Skip(1))
            {
                if (element is StringConstantExpressionAst text && IsStore(text.Value, session)) return text.Value;
                if (element is VariableExpressionAst variable && EngineObject.Base(session.PSVariable.GetValue(variable.VariablePath.UserPath)) is OciPlaceInfo store) return store;
            }
        }

        return null;
    }

    private static bool IsStore(string text, SessionState session)
    {
        if (RegistryReference.HasScheme(text)) return true;
        try
        {
            return LayoutPath.Exists(PathResolver.Literal(session, text));
        }
        catch (OciArgumentException)
        {
            return false;
        }
    }
}
