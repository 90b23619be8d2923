using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>Creates patterns with wildcards whose matches do not depend on the culture.</summary>
internal static class Wildcards
{
    /// <summary>Returns a pattern; null for an invalid one, such as an opening bracket without a closing one.</summary>
    public static WildcardPattern? TryCreate(string text, WildcardOptions options = WildcardOptions.None)
    {
        try
        {
            var pattern = new WildcardPattern(text, options | WildcardOptions.CultureInvariant);
            pattern.IsMatch(""); // the first match parses the pattern, not the constructor
            return pattern;
        }
        catch (WildcardPatternException)
        {
            return null;
        }
    }
}
