using System;
using System.Text.RegularExpressions;

namespace OciLayout.Model;

/// <summary>Checks, expands and shortens image names like Docker.</summary>
internal static class ImageName
{
    private const string Hub = "docker.io/";
    private const string Library = "library/";

    // [host[:port]/]path:tag. Source: the grammar of the distribution project (reference.go). A host has a dot or a port, or is localhost.
    private static readonly Regex Grammar = new(
        @"^(?:(?:localhost|(?:LABEL\.)+LABEL|LABEL(?=:))(?::[0-9]+)?/)?PART(?:/PART)*:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\z"
            .Replace("LABEL", "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?").Replace("PART", "[a-z0-9]+(?:(?:[.]|__?|-+)[a-z0-9]+)*"),
        RegexOptions.CultureInvariant,
        TimeSpan.FromSeconds(1));

    /// <summary>Returns whether Docker accepts a name: a repository in lower case, with a tag.</summary>
    public static bool IsValid(string name) => name.Length <= 255 && Grammar.IsMatch(name);

    /// <summary>Returns <c>alpine:3</c> as <c>docker.io/library/alpine:3</c>.</summary>
    public static string Expand(string name)
    {
        var slash = name.IndexOf('/');
        var first = slash < 0 ? "" : name.Substring(0, slash);
        var isHost = first == "localhost" || first.IndexOfAny(['.', ':']) >= 0;
        return isHost ? name : Hub + (slash < 0 ? Library : "") + name;
    }

    /// <summary>Returns <c>docker.io/library/alpine:3</c> as <c>alpine:3</c>.</summary>
    public static string Shorten(string name)
    {
        if (!name.StartsWith(Hub, StringComparison.Ordinal)) return name;
        var rest = name.Substring(Hub.Length);
        return rest.StartsWith(Library, StringComparison.Ordinal) ? rest.Substring(Library.Length) : rest;
    }
}
