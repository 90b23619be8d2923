using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;

namespace OciLayout.PowerShell;

/// <summary>Reads annotations from a hashtable. They are pairs of strings (image-spec, annotations, "Rules").</summary>
internal static class AnnotationReader
{
    public static IReadOnlyDictionary<string, string>? Read(IDictionary? annotations)
    {
        if (annotations is null) return null;
        var result = new Dictionary<string, string>();
        foreach (DictionaryEntry entry in annotations)
        {
            var key = Convert.ToString(entry.Key, CultureInfo.InvariantCulture);
            if (string.IsNullOrEmpty(key)) throw Invalid("An annotation has no name.");
            var value = EngineObject.Base(entry.Value);
            if (value is null or (IEnumerable and not string)) throw Invalid($"The annotation '{key}' is {EngineObject.TypeName(value)}, not a text.");
            result[key!] = value switch
            {
                // The specification requires dates in the format of RFC 3339.
                DateTime time => Rfc3339(time.ToUniversalTime()),
                DateTimeOffset time => Rfc3339(time.UtcDateTime),
                _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
            };
        }

        return result;
    }

    private static string Rfc3339(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static OciArgumentException Invalid(string message) =>
        new("InvalidAnnotation", message, "Write -Annotation @{ 'org.opencontainers.image.title' = 'name' }.");
}
