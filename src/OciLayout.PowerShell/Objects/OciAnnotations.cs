using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Linq;

namespace OciLayout.PowerShell;

/// <summary>The annotations of a descriptor or manifest. As text, for CSV and HTML, they are a list of <c>key=value</c>.</summary>
public sealed class OciAnnotations : ReadOnlyDictionary<string, string>
{
    private static readonly OciAnnotations None = new(new Dictionary<string, string>());

    private OciAnnotations(IDictionary<string, string> annotations)
        : base(annotations)
    {
    }

    internal static OciAnnotations Of(IReadOnlyDictionary<string, string> annotations) =>
        annotations.Count == 0 ? None : new(annotations as IDictionary<string, string> ?? annotations.ToDictionary(a => a.Key, a => a.Value));

    /// <summary>Returns the annotations as <c>key=value</c>, separated by semicolons, with characters that are not printable escaped.</summary>
    public override string ToString() => string.Join("; ", this.Select(a => Display.Text(a.Key) + "=" + Display.Text(a.Value)));
}
