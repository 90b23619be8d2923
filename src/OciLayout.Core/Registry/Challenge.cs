using System;
using System.Collections.Generic;
using System.Text;

namespace OciLayout.Registry;

/// <summary>One challenge of a <c>WWW-Authenticate</c> header (RFC 9110, section 11.6.1).</summary>
/// <param name="Scheme">The scheme, such as <c>Bearer</c>.</param>
/// <param name="Parameters">The parameters, by name without regard to case.</param>
internal sealed record Challenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    public bool IsBearer => Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase);

    public bool IsBasic => Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns a parameter; null if it is missing or empty.</summary>
    public string? this[string name] => Parameters.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    /// <summary>Parses the values of the header. Text that is not valid is skipped.</summary>
    public static IReadOnlyList<Challenge> Parse(IEnumerable<string> values)
    {
        var result = new List<Challenge>();
        foreach (var value in values) Parse(value, result);
        return result;
    }

    private static void Parse(string text, List<Challenge> result)
    {
        Dictionary<string, string>? parameters = null;
        var at = 0;
        while (at < text.Length)
        {
            if (text[at] is ' ' or '\t' or ',')
            {
                at++;
                continue;
            }

            var word = Token(text, ref at);
            if (word.Length == 0)
            {
                at++; // not a token character
                continue;
            }

            var next = at;
            while (next < text.Length && text[next] is ' ' or '\t') next++;
            if (next < text.Length && text[next] == '=' && parameters is not null)
            {
                at = next + 1;
                while (at < text.Length && text[at] is ' ' or '\t') at++;
                parameters[word] = at < text.Length && text[at] == '"' ? Quoted(text, ref at) : Token(text, ref at);
                continue;
            }

            parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            result.Add(new Challenge(word, parameters));
        }
    }

    private static string Token(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && text[at] is > ' ' and < (char)127 and not (',' or '=' or '"')) at++;
        return text.Substring(start, at - start);
    }

    private static string Quoted(string text, ref int at)
    {
        var result = new StringBuilder();
        for (at++; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length) at++;
            result.Append(text[at]);
        }

        at++;
        return result.ToString();
    }
}
