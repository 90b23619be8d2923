using System.Linq;
using System.Management.Automation;

namespace OciLayout.PowerShell;

/// <summary>The word that is half typed: what fits it, and how that is written.</summary>
internal sealed class CompletionWord
{
    private readonly WildcardPattern _pattern;
    private readonly bool _doubleQuoted;
    private readonly bool _singleQuoted;

    public CompletionWord(string? typed)
    {
        typed ??= "";
        _doubleQuoted = typed.Length > 0 && typed[0] == '"';
        _singleQuoted = typed.Length > 0 && typed[0] == '\'';
        var text = typed.Trim('"', '\'');
        _pattern = new WildcardPattern(
            (WildcardPattern.ContainsWildcardCharacters(text) ? text : WildcardPattern.Escape(text)) + "*",
            WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
    }

    /// <summary>Whether a text begins like the word, or fits the pattern that it is. Case does not count while one searches.</summary>
    public bool Fits(string text) => _pattern.IsMatch(text);

    /// <summary>A completion, quoted when PowerShell would read it as something else.</summary>
    public CompletionResult Result(string text, string shown, string toolTip) =>
        new(Quote(text), shown, CompletionResultType.ParameterValue, toolTip);

    private string Quote(string text)
    {
        if (_doubleQuoted && text.IndexOfAny(['"', '`', '$']) < 0) return "\"" + text + "\"";
        return _singleQuoted || _doubleQuoted || !IsBareWord(text) ? "'" + text.Replace("'", "''") + "'" : text;
    }

    // In a list of arguments, digits with at most one dot are a number, which 1.10 and 007 do not survive.
    private static bool IsBareWord(string text) =>
        text.Length > 0 && text.All(c => IsAlphanumeric(c) || c is '-' or '.' or '_' or ':' or '/' or '+')
        && (IsAlphanumeric(text[0]) || text[0] == '_')
        && (text[0] is < '0' or > '9' || text.Count(c => c == '.') > 1 || text.Any(c => c is '-' or '_' or ':' or '/'));

    private static bool IsAlphanumeric(char c) => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9');
}
