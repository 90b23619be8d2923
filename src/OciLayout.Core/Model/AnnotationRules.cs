using System.Collections.Generic;
using System.Linq;

namespace OciLayout.Model;

/// <summary>Checks annotations before they are written (image-spec, annotations).</summary>
internal static class AnnotationRules
{
    /// <summary>Refuses text that cannot be written, and a creation time that is not a date and time. Null as a value removes an annotation.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>.</exception>
    public static void Check(IReadOnlyList<KeyValuePair<string, string?>> annotations)
    {
        UnicodeText.Check("annotation", annotations);
        foreach (var annotation in annotations)
        {
            if (annotation is { Key: AnnotationKeys.Created, Value: { } created } && !Rfc3339.IsValid(created)) throw ContentErrors.InvalidCreated(created);
        }
    }

    /// <inheritdoc cref="Check(IReadOnlyList{KeyValuePair{string, string?}})"/>
    public static void Check(IReadOnlyDictionary<string, string> annotations) => Check(Pairs(annotations));

    /// <summary>Refuses text that cannot be written.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>.</exception>
    public static void CheckText(IReadOnlyDictionary<string, string> annotations) => UnicodeText.Check("annotation", Pairs(annotations));

    private static IReadOnlyList<KeyValuePair<string, string?>> Pairs(IReadOnlyDictionary<string, string> annotations) =>
        [.. annotations.Select(a => new KeyValuePair<string, string?>(a.Key, a.Value))];
}
