using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Patterns with wildcards that the culture does not change.</summary>
internal static class Wildcards
{
    /// <summary>Returns a pattern; null for a text that cannot be one, such as a bracket without its counterpart.</summary>
    public static WildcardPattern? TryCreate(string text, WildcardOptions options = WildcardOptions.None)
    {
        try
        {
            var pattern = new WildcardPattern(text, options | WildcardOptions.CultureInvariant);
            pattern.IsMatch(""); // it is read at its first use
            return pattern;
        }
        catch (WildcardPatternException)
        {
            return null;
        }
    }
}
