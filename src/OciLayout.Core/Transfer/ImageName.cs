using System;

namespace OciLayout.Transfer;

/// <summary>Names of images as Docker shortens them.</summary>
internal static class ImageName
{
    private const string Hub = "docker.io/";
    private const string Library = "library/";

    /// <summary><c>alpine:3</c> as <c>docker.io/library/alpine:3</c>.</summary>
    public static string Expand(string name)
    {
        var slash = name.IndexOf('/');
        var first = slash < 0 ? "" : name.Substring(0, slash);
        var isHost = first == "localhost" || first.IndexOfAny(['.', ':']) >= 0;
        return isHost ? name : Hub + (slash < 0 ? Library : "") + name;
    }

    /// <summary><c>docker.io/library/alpine:3</c> as <c>alpine:3</c>.</summary>
    public static string Shorten(string name)
    {
        if (!name.StartsWith(Hub, StringComparison.Ordinal)) return name;
        var rest = name.Substring(Hub.Length);
        return rest.StartsWith(Library, StringComparison.Ordinal) ? rest.Substring(Library.Length) : rest;
    }
}
