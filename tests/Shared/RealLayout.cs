using System.Collections.Generic;
using System.Formats.Tar;
using System.IO;
using System.Linq;

namespace OciLayout.Testing;

/// <summary>The layouts of <c>tests/data</c>, which other tools wrote; see the README there.</summary>
internal static class RealLayout
{
    /// <summary>The file names in ordinal order, such as <c>oras.tar</c>.</summary>
    public static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Repository.Data, "*.tar").Select(p => Path.GetFileName(p)!).Order(System.StringComparer.Ordinal);

    /// <summary>Returns the path of an archive.</summary>
    public static string PathOf(string name) => Path.Combine(Repository.Data, name);

    /// <summary>Unpacks a layout into a new directory of the same name in <paramref name="parent"/>, and returns its path.</summary>
    public static string Unpack(string name, TemporaryDirectory parent)
    {
        string target = parent.NewDirectory(Path.GetFileNameWithoutExtension(name));
        TarFile.ExtractToDirectory(Path.Combine(Repository.Data, name), target, overwriteFiles: false);
        return target;
    }
}
