using System.Collections.Generic;
using System.Collections.ObjectModel;

namespace OciLayout.PowerShell;

/// <summary>The platforms of a tag. The text, which <c>Export-Csv</c> writes, is a list with commas.</summary>
public sealed class OciPlatformList : ReadOnlyCollection<Platform>
{
    internal OciPlatformList(IList<Platform> platforms)
        : base(platforms)
    {
    }

    /// <summary>Returns the platforms with commas between them, and with characters that are not printable escaped.</summary>
    public override string ToString() => Display.List(this);
}
