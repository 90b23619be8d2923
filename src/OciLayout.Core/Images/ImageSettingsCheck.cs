using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using OciLayout.Model;

namespace OciLayout.Images;

/// <summary>Refuses settings that other tools would read in another way, before anything is written.</summary>
internal static class ImageSettingsCheck
{
    private static readonly Regex Port = new(@"\A([0-9]{1,5})(/(tcp|udp|sctp))?\z", RegexOptions.CultureInvariant);

    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>; <see cref="OciErrorKind.UnsafePath"/>: the directory of a
    /// layer.</exception>
    public static void Check(ImageSettings settings)
    {
        CheckWords("entry point", settings.Entrypoint, isFirstNeeded: true);
        CheckWords("command", settings.Command, isFirstNeeded: settings.Entrypoint is { Count: 0 });
        foreach (var port in settings.ExposedPorts ?? [])
        {
            var match = Port.Match(port ?? "");
            if (!match.Success || int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) is 0 or > 65535)
                throw ImageErrors.InvalidSetting($"The port '{Digest.Shorten(port ?? "")}'", "a port is a number from 1 to 65535, with /tcp, /udp or /sctp if needed");
        }

        UnicodeText.Check("user", settings.User);
        UnicodeText.Check("working directory", settings.WorkingDirectory);
        UnicodeText.Check("author", settings.Author);
        CheckNames("environment variable", settings.Environment);
        CheckNames("label", settings.Labels);
        CheckAnnotations(settings.Annotations);
        foreach (var layer in settings.Layers)
        {
            UnicodeText.Check("directory of the layer", layer.Target);
            if (LayerPacker.PartsOf(layer.Target).Length > 0 && NewLayer.IsArchive(layer.Path))
                throw ImageErrors.InvalidSetting($"The directory '{Digest.Shorten(layer.Target)}'", $"'{layer.Path}' is a layer as it is, and its own paths are used");
        }
    }

    /// <summary>Checks changes of annotations.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>.</exception>
    public static void CheckAnnotations(IReadOnlyList<KeyValuePair<string, string?>> annotations)
    {
        foreach (var annotation in annotations)
        {
            if (string.IsNullOrEmpty(annotation.Key)) throw ImageErrors.InvalidSetting("An annotation", "it has no name");
        }

        AnnotationRules.Check(annotations);
    }

    private static void CheckWords(string setting, IReadOnlyList<string>? words, bool isFirstNeeded)
    {
        if (words is null || words.Count == 0) return;
        if (isFirstNeeded && string.IsNullOrEmpty(words[0])) throw ImageErrors.InvalidSetting($"The {setting}", "its first part is empty");
        if (words.Any(w => w is null || w.Contains('\0'))) throw ImageErrors.InvalidSetting($"The {setting}", "it has a null");
        foreach (var word in words) UnicodeText.Check(setting, word);
    }

    // Tools write both as name=value, and split it at the first equals sign.
    private static void CheckNames(string setting, IReadOnlyList<KeyValuePair<string, string?>> pairs)
    {
        UnicodeText.Check(setting, pairs);
        foreach (var pair in pairs)
        {
            if (string.IsNullOrEmpty(pair.Key)) throw ImageErrors.InvalidSetting($"The {setting}", "it has no name");
            if (pair.Key.Contains('=')) throw ImageErrors.InvalidSetting($"The {setting} '{Digest.Shorten(pair.Key)}'", "its name has an equals sign");
            if (pair.Key.Contains('\0') || pair.Value?.Contains('\0') == true) throw ImageErrors.InvalidSetting($"The {setting} '{Digest.Shorten(pair.Key)}'", "it has a null");
        }
    }
}
