using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Management.Automation;
using System.Numerics;
using OciLayout.Model;

namespace OciLayout.PowerShell;

/// <summary>
/// Converts hashtables and custom objects to plain values for JSON. Members keep their order. Those of a hashtable without an order are
/// sorted, because their order would differ between two processes.
/// </summary>
internal static class DocumentValue
{
    private const int DeepestLevel = 64;

    /// <summary>Returns whether an object is a document: a dictionary or a custom object.</summary>
    public static bool IsDocument(object? value) => EngineObject.Base(value) is IDictionary || IsCustom(value);

    /// <summary>Returns the value as <see cref="PlainJson"/> writes it.</summary>
    /// <exception cref="OciArgumentException">A member has a type that JSON does not have.</exception>
    public static object? Of(object? value)
    {
        try
        {
            return Of(value, "", 0);
        }
        catch (Exception e) when (e is not (OciArgumentException or PipelineStoppedException))
        {
            throw Invalid("", $"not readable: {e.Message}", e); // a script property, or a list, of the user
        }
    }

    private static object? Of(object? value, string path, int level)
    {
        if (level > DeepestLevel) throw Invalid(path, $"more than {DeepestLevel} levels deep, perhaps because it contains itself");
        var plain = EngineObject.Base(value);
        return plain switch
        {
            null => null,
            string text => Checked(text, path),
            OciDescriptor descriptor => OfDescriptor(descriptor),
            bool or long or ulong or decimal => plain,
            SwitchParameter on => on.ToBool(),
            char or Guid or Uri or Version or Enum or Digest => plain.ToString(),
            sbyte or byte or short or ushort or int or uint => Convert.ToInt64(plain, CultureInfo.InvariantCulture),
            BigInteger number => number,
            float number => Number(number, path),
            double number => Finite(number, path),
            DateTime time => Rfc3339(time.ToUniversalTime()),
            DateTimeOffset time => Rfc3339(time.UtcDateTime),
            IDictionary dictionary => Members(dictionary, path, level),
            IEnumerable items => Items(items, path, level),
            _ when IsCustom(value) => Members((PSObject)value!, path, level),
            _ => throw Invalid(path, $"of the type {EngineObject.TypeName(value)}"),
        };
    }

    // Push-OciBlob -Annotation emits annotations that only the object has.
    private static Descriptor OfDescriptor(OciDescriptor descriptor) =>
        DescriptorAnnotations.WithoutTag(descriptor.Annotations.Count == descriptor.Core.Annotations.Count ? descriptor.Core : descriptor.Core.WithAnnotations(descriptor.Annotations));

    private static bool IsCustom(object? value) => value is PSObject { BaseObject: PSCustomObject };

    private static List<object?> Items(IEnumerable items, string path, int level)
    {
        var result = new List<object?>();
        foreach (var item in items) result.Add(Of(item, $"{path}[{result.Count}]", level + 1));
        return result;
    }

    private static List<KeyValuePair<string, object?>> Members(IDictionary dictionary, string path, int level)
    {
        var members = new List<KeyValuePair<string, object?>>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in dictionary)
        {
            var name = Checked(Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "", path);
            if (!names.Add(name)) throw Invalid($"{path}.{name}", "a name that occurs twice"); // 1 and '1' are different keys of a hashtable
            members.Add(new(name, Of(entry.Value, $"{path}.{name}", level + 1)));
        }

        return dictionary is Hashtable ? [.. members.OrderBy(m => m.Key, StringComparer.Ordinal)] : members;
    }

    private static List<KeyValuePair<string, object?>> Members(PSObject value, string path, int level)
    {
        var members = new List<KeyValuePair<string, object?>>();
        foreach (var property in value.Properties) members.Add(new(Checked(property.Name, path), Of(property.Value, $"{path}.{property.Name}", level + 1)));
        return members;
    }

    private static string Checked(string text, string path) =>
        UnicodeText.IsValid(text) ? text : throw Invalid(path, "text with half of a surrogate pair, which UTF-8 cannot hold");

    // The shortest text of a float is also that of the double that a reader sees.
    private static double Number(float number, string path)
    {
        Finite(number, path);
        return double.Parse(number.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    private static double Finite(double number, string path) =>
        double.IsNaN(number) || double.IsInfinity(number) ? throw Invalid(path, "not a finite number") : number;

    private static string Rfc3339(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    private static OciArgumentException Invalid(string path, string problem, Exception? cause = null) => new(
        "InvalidInput",
        $"The document cannot be written as JSON: {(path.Length == 0 ? "it" : $"'{path.TrimStart('.')}'")} is {problem}.",
        "Use hashtables, custom objects, lists, text, numbers, booleans, null and descriptors.",
        cause);
}
