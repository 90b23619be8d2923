using System;
using System.IO;
using System.Threading;
using Xunit;

namespace OciLayout.Safety.Disks;

/// <summary>Writes numbers that a test counted to its output and to the file that OCILAYOUT_FIGURES names.</summary>
internal static class Measurements
{
    private static readonly Lock Gate = new();

    public static void Say(string text)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(text);
        if (Environment.GetEnvironmentVariable("OCILAYOUT_FIGURES") is not { Length: > 0 } file) return;
        lock (Gate) File.AppendAllText(file, $"{TestContext.Current.Test?.TestDisplayName}: {text}\n");
    }

    /// <summary>Returns a size from an environment variable, which a nightly run sets.</summary>
    public static int Size(string variable, int usual) => int.TryParse(Environment.GetEnvironmentVariable(variable), out int size) ? size : usual;
}
