using System.Collections.Generic;
using System.IO;
using System.Text;

namespace OciLayout.PowerShell;

/// <summary>
/// Reads comma-separated values as Export-Csv writes them (RFC 4180). Commas, semicolons and tabs separate cells; quotes protect them.
/// </summary>
internal static class Csv
{
    public static IEnumerable<string[]> Rows(TextReader text)
    {
        var row = new List<string>();
        var cell = new StringBuilder();
        var quoted = false;
        for (int next; (next = text.Read()) >= 0;)
        {
            var c = (char)next;
            if (quoted)
            {
                if (c != '"') cell.Append(c);
                else if (text.Peek() == '"') cell.Append((char)text.Read());
                else quoted = false;
            }
            else if (c == '"')
            {
                quoted = true;
            }
            else if (c is ',' or ';' or '\t')
            {
                End(row, cell);
            }
            else if (c == '\n')
            {
                End(row, cell);
                yield return [.. row];
                row.Clear();
            }
            else if (c != '\r')
            {
                cell.Append(c);
            }
        }

        if (cell.Length == 0 && row.Count == 0) yield break;
        End(row, cell);
        yield return [.. row];
    }

    private static void End(List<string> row, StringBuilder cell)
    {
        row.Add(cell.ToString());
        cell.Clear();
    }
}
