using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>
/// A pattern for the repositories of a registry: <c>oci://host/team/*</c>. A host alone, and a name that ends with a slash, stand for all
/// repositories below it.
/// </summary>
internal sealed class RepositoryPattern
{
    private readonly WildcardPattern _pattern;

    private RepositoryPattern(RegistryReference host, string name)
    {
        Host = host;
        var text = name.Length == 0 || name.EndsWith("/", StringComparison.Ordinal) ? name + "*" : name;
        _pattern = new WildcardPattern(text, WildcardOptions.CultureInvariant);
        Prefix = new string([.. name.TakeWhile(c => c is not ('*' or '?' or '[' or '`'))]);
    }

    /// <summary>The host.</summary>
    public RegistryReference Host { get; }

    /// <summary>The text with which the names of all repositories start.</summary>
    public string Prefix { get; }

    /// <summary>Returns the pattern; null if the text names one repository.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidReference"/>: the text does not start with a host.</exception>
    public static RepositoryPattern? TryParse(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal) + 3;
        var slash = text.IndexOf('/', start);
        var name = slash < 0 ? "" : text.Substring(slash + 1);
        var hasWildcards = WildcardPattern.ContainsWildcardCharacters(name);
        var isWhole = text.StartsWith(RegistryReference.DockerScheme, StringComparison.OrdinalIgnoreCase) || (name.Length > 0 && !name.EndsWith("/", StringComparison.Ordinal));
        if (isWhole && !hasWildcards) return null;
        return new RepositoryPattern(RegistryReference.ParseHost(RegistryReference.Scheme + (slash < 0 ? text.Substring(start) : text.Substring(start, slash - start))), name);
    }

    /// <summary>Returns the repositories of the registry that match.</summary>
    public IEnumerable<RegistryReference> Select(OciRegistry registry, IEnumerable<string> names) => names.Where(_pattern.IsMatch).Select(n => registry.GetRepository(n).Reference);
}
