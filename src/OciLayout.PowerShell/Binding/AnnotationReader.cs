using System.Collections;
using System.Collections.Generic;
using System.Globalization;

namespace OciLayout.PowerShell;

/// <summary>Reads annotations from a hashtable; they are pairs of strings (image-spec, annotations, "Rules").</summary>
internal static class AnnotationReader
{
    public static IReadOnlyDictionary<string, string>? Read(IDictionary? annotations)
    {
        if (annotations is null) return null;
        var result = new Dictionary<string, string>();
        foreach (DictionaryEntry entry in annotations)
        {
            var key = System.Convert.ToString(entry.Key, CultureInfo.InvariantCulture);
            if (string.IsNullOrEmpty(key)) throw Invalid("An annotation has no name.");
            var value = Unwrap.Base(entry.Value);
            if (value is null or (IEnumerable and not string)) throw Invalid($"The annotation '{key}' is {Unwrap.TypeName(value)}, not a text.");
            result[key!] = System.Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        }

        return result;
    }

    private static OciArgumentException Invalid(string message) =>
        new("InvalidAnnotation", message, "Write -Annotation @{ 'org.opencontainers.image.title' = 'name' }.");
}
