using System.Collections.Generic;

namespace OciLayout.ModuleTests;

/// <summary>The help of a parameter. <paramref name="Facts"/> has a line for each fact that the cmdlet's code determines.</summary>
internal sealed record HelpParameter(string Name, string Text, string Default, IReadOnlyList<string> Facts);
