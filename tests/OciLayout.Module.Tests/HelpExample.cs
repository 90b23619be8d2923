namespace OciLayout.ModuleTests;

/// <summary>An example of the help. MAML has its output after its code.</summary>
/// <param name="Title">The title, with the number of the example.</param>
/// <param name="Text">The remark.</param>
/// <param name="Code">The code.</param>
/// <param name="Output">The output that the page shows; empty if the example prints nothing.</param>
internal sealed record HelpExample(string Title, string Text, string Code, string Output)
{
    /// <summary>The code and the output, as <c>Get-Help</c> shows them.</summary>
    public string Screen => Output.Length == 0 ? Code : $"{Code}\n\n{Output}";
}
