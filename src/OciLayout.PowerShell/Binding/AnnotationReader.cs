using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using OciLayout.Model;

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
            var text = TextOf(value);
            if (!UnicodeText.IsValid(key) || !UnicodeText.IsValid(text)) throw Invalid($"The annotation '{key}' has half of a surrogate pair, which UTF-8 cannot hold.");
            result[key!] = text;
        }

        return result;
    }

    /// <summary>Reads changes from a hashtable: texts to set, and null for a member to remove. The order of a hashtable without an order is that of the names.</summary>
    public static IReadOnlyList<KeyValuePair<string, string?>> ReadChanges(IDictionary? changes, string parameter)
    {
        var result = new List<KeyValuePair<string, string?>>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in changes ?? new Hashtable())
        {
            var key = Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "";
            var value = EngineObject.Base(entry.Value);
            if (value is IEnumerable and not string) throw new OciArgumentException("InvalidInput", $"The value of '{key}' is {EngineObject.TypeName(value)}, not a text.", $"Write -{parameter} @{{ name = 'value' }}. $null removes a name.");
            var text = value is null ? null : TextOf(value);
            if (!UnicodeText.IsValid(key) || !UnicodeText.IsValid(text ?? "")) throw new OciArgumentException("InvalidInput", $"'{key}' of -{parameter} has half of a surrogate pair, which UTF-8 cannot hold.", "Write the whole character, or remove it.");
            if (!names.Add(key)) throw new OciArgumentException("InvalidInput", $"'{key}' of -{parameter} is a name that occurs twice.", "Write each name once.");
            result.Add(new(key, text));
        }

        if (changes is Hashtable) result.Sort((one, other) => string.CompareOrdinal(one.Key, other.Key));
        return result;
    }

    private static string TextOf(object value) => value switch
    {
        // The specification requires dates in the format of RFC 3339.
        DateTime time => Rfc3339(time.ToUniversalTime()),
        DateTimeOffset time => Rfc3339(time.UtcDateTime),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static string Rfc3339(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static OciArgumentException Invalid(string message) =>
        new("InvalidAnnotation", message, "Write -Annotation @{ 'org.opencontainers.image.title' = 'name' }.");
}
