namespace OciLayout.ModuleTests;

/// <summary>An example of the help.</summary>
internal sealed record HelpExample(string Title, string Text, string Code);
