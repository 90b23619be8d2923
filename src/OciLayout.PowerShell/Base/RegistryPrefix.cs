using System;

namespace OciLayout.PowerShell;

/// <summary>The repositories that settings are for: those of a host, or those below a prefix.</summary>
/// <param name="Host">The host and port.</param>
/// <param name="Path">The prefix of the names of repositories; empty for all.</param>
internal sealed record RegistryPrefix(string Host, string Path)
{
    /// <summary>Parses <c>host[:port][/prefix]</c>, with or without <c>oci://</c>.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidReference"/>: the text does not start with a host, or has another scheme.</exception>
    public static RegistryPrefix Parse(string text)
    {
        if (text.StartsWith(RegistryReference.Scheme, StringComparison.OrdinalIgnoreCase)) text = text.Substring(RegistryReference.Scheme.Length);
        text = text.TrimEnd('/');
        if (text.IndexOf("://", StringComparison.Ordinal) >= 0) throw new OciException(OciErrorKind.InvalidReference, $"'{RegistryReference.WithoutUser(text)}' is not a registry: write the host without a scheme.", RegistryReference.WithoutUser(text));
        var slash = text.IndexOf('/');
        var host = RegistryReference.ParseHost(RegistryReference.Scheme + (slash < 0 ? text : text.Substring(0, slash)));
        return new RegistryPrefix(host.Authority, slash < 0 ? "" : text.Substring(slash + 1));
    }

    /// <summary>Returns the host, or the host and the prefix.</summary>
    public override string ToString() => Path.Length == 0 ? Host : Host + "/" + Path;
}
