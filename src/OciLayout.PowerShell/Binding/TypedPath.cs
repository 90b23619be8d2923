using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>A path as the user typed it: an argument of <c>-Path</c>, which permits wildcards, or of <c>-LiteralPath</c>.</summary>
internal sealed record TypedPath(string Text, bool IsLiteral)
{
    /// <summary>The parameter set of <c>-Path</c>.</summary>
    public const string PathSet = "Path";

    /// <summary>The parameter set of <c>-LiteralPath</c>.</summary>
    public const string LiteralPathSet = "LiteralPath";

    /// <summary>Returns the arguments of the parameter that is in use; null when neither is.</summary>
    public static IEnumerable<TypedPath>? From(string[]? path, string[]? literalPath) =>
        literalPath?.Select(p => new TypedPath(p, true)) ?? path?.Select(p => new TypedPath(p, false));

    /// <summary>Returns the absolute paths: those that match the wildcards, possibly none, or one that need not exist.</summary>
    public IReadOnlyList<string> Resolve(SessionState session) =>
        IsLiteral ? [PathResolver.Literal(session, Text)] : PathResolver.Wildcard(session, Text);
}
