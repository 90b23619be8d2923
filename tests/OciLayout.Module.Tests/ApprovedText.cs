using System;
using System.IO;
using OciLayout.Testing;
using Xunit;

namespace OciLayout.ModuleTests;

/// <summary>Texts that a reviewer has read, in <c>Approved</c>. A change of a text is a change of its file.</summary>
internal static class ApprovedText
{
    /// <summary>Compares a text with its file. With the variable <c>OCILAYOUT_APPROVE=1</c>, writes the file instead.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="text">The text.</param>
    public static void Verify(string name, string text)
    {
        string path = Path.Combine(Repository.Root, "tests", "OciLayout.Module.Tests", "Approved", name);
        if (Environment.GetEnvironmentVariable("OCILAYOUT_APPROVE") == "1") File.WriteAllText(path, text);
        Assert.Equal(File.ReadAllText(path).ReplaceLineEndings("\n"), text.ReplaceLineEndings("\n"));
    }
}
