using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// Resolves typed paths to absolute paths of the file system, with PSDrives and <c>~</c>. Relative paths are resolved against <c>$PWD</c>,
/// because the current directory of the process differs from it. Paths of other providers are refused.
/// </summary>
internal static class PathResolver
{
    private const string FileSystem = "FileSystem";

    /// <summary>Resolves one literal path. It need not exist.</summary>
    public static string Literal(SessionState session, string path)
    {
        if (string.IsNullOrEmpty(path)) throw Invalid(path, "The path is empty.");
        try
        {
            var resolved = session.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
            RefuseOtherProviders(path, provider);
            return Path.GetFullPath(resolved);
        }
        catch (Exception e) when (IsPathProblem(e))
        {
            throw Invalid(path, $"'{path}' is not a path of the file system: {e.Message}", e, AdviceForOtherSyntax(path));
        }
    }

    /// <summary>
    /// Returns the files that match a pattern, possibly none. A path without wildcards is returned even when it does not exist.
    /// </summary>
    public static IReadOnlyList<string> Wildcard(SessionState session, string pattern)
    {
        if (string.IsNullOrEmpty(pattern) || !WildcardPattern.ContainsWildcardCharacters(pattern))
            return [Literal(session, WildcardPattern.Unescape(pattern ?? ""))];
        try
        {
            var resolved = session.Path.GetResolvedProviderPathFromPSPath(pattern, out var provider);
            RefuseOtherProviders(pattern, provider);
            if (resolved.Count > 0) return resolved;
        }
        catch (ItemNotFoundException)
        {
            // The pattern matches nothing.
        }
        catch (Exception e) when (IsPathProblem(e))
        {
            throw Invalid(pattern, $"'{pattern}' is not a path of the file system: {e.Message}", e);
        }

        var literal = Literal(session, pattern);
        if (File.Exists(literal) || Directory.Exists(literal))
            throw Invalid(pattern, $"The pattern '{pattern}' matches no file, but a file of exactly this name exists.", null, "Use -LiteralPath: in -Path, brackets are wildcards.");
        return [];
    }

    /// <summary>Returns the current directory; null when <c>$PWD</c> belongs to another provider.</summary>
    public static string? Current(SessionState session)
    {
        var location = session.Path.CurrentLocation;
        return location.Provider.Name == FileSystem ? location.ProviderPath : null;
    }

    private static void RefuseOtherProviders(string path, ProviderInfo provider)
    {
        if (provider.Name != FileSystem)
            throw Invalid(path, $"'{path}' is a path of the provider {provider.Name}, not of the file system.", null, "Use a path of the file system.");
    }

    private static bool IsPathProblem(Exception e) =>
        e is ProviderNotFoundException or ProviderInvocationException or System.Management.Automation.DriveNotFoundException
            or PSArgumentException or PSInvalidOperationException or PSNotSupportedException or NotSupportedException
            or ItemNotFoundException or (ArgumentException and not OciArgumentException);

    /// <summary>Returns the next step for a path with a transport or an address before it, as other tools write it; else null.</summary>
    public static string? AdviceForOtherSyntax(string path) =>
        path.IndexOf("://", StringComparison.Ordinal) is >= 0 and var scheme ? $"A registry is written {AsRegistry(path.Substring(scheme + 3))}, and a layout by its path."
        : path.StartsWith("oci:", StringComparison.OrdinalIgnoreCase) ? "Write the path without 'oci:', and the tag as an argument of its own."
        : null;

    /// <summary>Returns the reference to a registry that a path without a scheme probably means; null when it does not look like one.</summary>
    public static string? RegistryLike(string path)
    {
        var slash = path.IndexOf('/');
        if (slash <= 0 || path[0] is '.' or '~' || path.IndexOf('\\') >= 0) return null;
        var host = path.Substring(0, slash);
        if (host != "localhost" && host.IndexOf('.') < 0 && host.IndexOf(':') < 2) return null;
        try
        {
            return RegistryReference.Parse(RegistryReference.Scheme + path).ToString();
        }
        catch (OciException)
        {
            return null;
        }
    }

    // https://host/v2/name is the address of the API.
    private static string AsRegistry(string rest)
    {
        var parts = rest.Split('/').Where(p => p.Length > 0).ToList();
        if (parts.Count > 1 && parts[1] == "v2") parts.RemoveAt(1);
        try
        {
            return RegistryReference.Parse(RegistryReference.Scheme + string.Join("/", parts)).ToString();
        }
        catch (OciException)
        {
            return "oci://host/repository";
        }
    }

    private static OciArgumentException Invalid(string path, string message, Exception? inner = null, string? action = null) =>
        new("InvalidPath", message, action ?? "Check the drive and the path.", inner);
}
