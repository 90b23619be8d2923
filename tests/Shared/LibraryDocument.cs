using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace OciLayout.Testing;

/// <summary>The examples of docs/library.md, and the lines of the tests that run them.</summary>
internal static class LibraryDocument
{
    /// <summary>Returns the lines of an example of the document.</summary>
    /// <param name="number">The number of the example, from 0.</param>
    public static IReadOnlyList<string> Example(int number)
    {
        IEnumerable<string> rest = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "library.md"));
        for (var i = 0; i <= number; i++) rest = rest.SkipWhile(l => l != "```csharp").Skip(1);
        return [.. rest.TakeWhile(l => l != "```")];
    }

    /// <summary>Returns the lines between the two markers of a test, without the indent of a method.</summary>
    /// <param name="file">The path of the source file below <c>tests</c>.</param>
    public static IReadOnlyList<string> LinesOf(string file) =>
    [
        .. File.ReadAllLines(Path.Combine(Repository.Root, "tests", file))
            .SkipWhile(l => !l.EndsWith("// begin of the example", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(l => !l.EndsWith("// end of the example", StringComparison.Ordinal))
            .Select(l => l.Length > 8 ? l.Substring(8) : ""),
    ];
}
