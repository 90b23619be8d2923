using System;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace OciLayout.PowerShell;

/// <summary>The incomplete word of a line. It decides which texts fit, and how they are quoted.</summary>
internal sealed class CompletionWord
{
    // All characters that PowerShell reads as a quote.
    private const string SingleQuotes = "'\u2018\u2019\u201A\u201B";
    private const string DoubleQuotes = "\"\u201C\u201D\u201E";

    private readonly string _text;
    private readonly bool _quoted;
    private readonly WildcardPattern? _pattern;

    public CompletionWord(string? typed)
    {
        typed ??= "";
        var quotes = typed.Length == 0 ? "" : SingleQuotes.IndexOf(typed[0]) >= 0 ? SingleQuotes : DoubleQuotes.IndexOf(typed[0]) >= 0 ? DoubleQuotes : "";
        _quoted = quotes.Length > 0;
        _text = _quoted ? Unquote(typed, quotes) : typed;
        _pattern = PatternOf(_text);
    }

    /// <summary>The text of the word without quotes.</summary>
    public string Text => _text;

    /// <summary>Whether the word is a pattern.</summary>
    public bool HasWildcards => _pattern is not null;

    /// <summary>Returns whether a text begins with the word or matches it as a pattern. Case is ignored.</summary>
    public bool Matches(string text) => text.StartsWith(_text, StringComparison.OrdinalIgnoreCase) || _pattern?.IsMatch(text) == true;

    /// <summary>Returns a completion that PowerShell reads as one argument with exactly this text.</summary>
    /// <param name="text">The text of the argument.</param>
    /// <param name="shown">The text in the list of completions.</param>
    /// <param name="toolTip">The tool tip of the completion.</param>
    public CompletionResult Result(string text, string shown, string toolTip) => new(Write(text, IsBareWord(text)), PrintableText.Escape(shown), CompletionResultType.ParameterValue, PrintableText.Escape(toolTip));

    /// <summary>Returns a completion with a path.</summary>
    public CompletionResult Path(string path) => new(Write(path, IsBarePath(path)), PrintableText.Escape(System.IO.Path.GetFileName(path)), CompletionResultType.ProviderItem, PrintableText.Escape(path));

    private string Write(string text, bool isBare) => _quoted || !isBare ? "'" + CodeGeneration.EscapeSingleQuotedStringContent(text) + "'" : text;

    private static bool IsBarePath(string path) =>
        path.Length > 0 && path[0] != '-' && path.All(c => IsAlphanumeric(c) || c is '-' or '.' or '_' or ':' or '/' or '\\' or '+' or '~')
        && path.IndexOfAny(['/', '\\']) >= 0;

    // A doubled quote inside quotes is one quote. The closing quote may be missing or present.
    private static string Unquote(string typed, string quotes)
    {
        var text = new System.Text.StringBuilder(typed.Length);
        for (var i = 1; i < typed.Length; i++)
        {
            if (quotes.IndexOf(typed[i]) < 0) text.Append(typed[i]);
            else if (i + 1 < typed.Length && quotes.IndexOf(typed[i + 1]) >= 0) text.Append(typed[i++]);
            else break;
        }

        return text.ToString();
    }

    private static WildcardPattern? PatternOf(string text) =>
        WildcardPattern.ContainsWildcardCharacters(text) ? Wildcards.TryCreate(text + "*", WildcardOptions.IgnoreCase) : null;

    // PowerShell reads an unquoted word of digits with at most one dot as a number, which changes 1.10 and 007.
    private static bool IsBareWord(string text) =>
        text.Length > 0 && text.All(c => IsAlphanumeric(c) || c is '-' or '.' or '_' or ':' or '/' or '+')
        && (IsAlphanumeric(text[0]) || text[0] == '_')
        && (text[0] is < '0' or > '9' || text.Count(c => c == '.') > 1 || text.Any(c => c is '-' or '_' or ':' or '/'));

    private static bool IsAlphanumeric(char c) => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9');
}
