using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;
using OciLayout.Model;

namespace OciLayout.Images;

/// <summary>Compares the settings of two images: the members of the configuration, also unknown ones, the history, and the annotations.</summary>
internal static class SettingComparer
{
    // The members that have a name of their own below. The layers are compared by their digests.
    private static readonly HashSet<string> KnownMembers = new(StringComparer.Ordinal) { "created", "author", "architecture", "os", "variant", "os.version", "config", "rootfs", "history" };
    private static readonly HashSet<string> KnownSettings = new(StringComparer.Ordinal) { "Entrypoint", "Cmd", "Env", "Labels", "WorkingDir", "User", "ExposedPorts", "Volumes", "StopSignal" };

    public static IEnumerable<ImageDifference> Compare((Manifest Manifest, ImageConfig Config, Platform? Platform) reference, (Manifest Manifest, ImageConfig Config, Platform? Platform) difference)
    {
        var before = Settings(reference.Manifest, reference.Config, reference.Platform);
        var after = Settings(difference.Manifest, difference.Config, difference.Platform);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in before.Concat(after).Select(s => s.Key).Where(seen.Add))
        {
            var old = Value(before, name);
            var now = Value(after, name);
            yield return Row(Change(old, now, old == now), name, old, now);
        }

        foreach (var step in CompareHistory(reference.Config.History, difference.Config.History)) yield return step;
    }

    /// <summary>Returns the difference of an index that has an image for a platform, and one that has none.</summary>
    public static ImageDifference OfPlatform(string? reference, string? difference) => Row(Change(reference, difference, false), "Platform", reference, difference);

    private static string? Value(List<KeyValuePair<string, string>> settings, string name) => settings.FindLast(s => s.Key == name).Value;

    private static List<KeyValuePair<string, string>> Settings(Manifest manifest, ImageConfig config, Platform? platform)
    {
        var settings = new List<KeyValuePair<string, string>>();
        Add("MediaType", manifest.MediaType);
        Add("Platform", (config.Platform ?? platform)?.ToString());
        Add("Created", config.Created is { } created ? Time(created) : null);
        Add("Author", config.Author);
        Add("Entrypoint", Words(config.Entrypoint));
        Add("Command", Words(config.Command));
        foreach (var variable in config.Environment) Add("Environment." + variable.Key, variable.Value ?? "");
        foreach (var label in Sorted(config.Labels)) Add("Labels." + label.Key, label.Value);
        Add("WorkingDirectory", config.WorkingDirectory);
        Add("User", config.User);
        foreach (var port in config.ExposedPorts) Add("ExposedPorts." + port, port);
        foreach (var volume in config.Volumes) Add("Volumes." + volume, volume);
        Add("StopSignal", config.StopSignal);
        foreach (var annotation in Sorted(manifest.Annotations)) Add("Annotations." + annotation.Key, annotation.Value);
        try
        {
            AddUnknown(config.Bytes);
        }
        catch (InvalidOperationException)
        {
            // A text is not valid Unicode. The known members were read without it.
        }

        return settings;

        void Add(string name, string? value)
        {
            if (value is not null) settings.Add(new(name, value));
        }

        void AddUnknown(ReadOnlyMemory<byte> bytes)
        {
            using var document = JsonDocument.Parse(Json.WithoutByteOrderMark(bytes), new JsonDocumentOptions { MaxDepth = Json.ReaderOptions.MaxDepth });
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (!KnownMembers.Contains(member.Name)) AddJson(member);
                else if (member.NameEquals("config") && member.Value.ValueKind == JsonValueKind.Object) foreach (var setting in member.Value.EnumerateObject().Where(s => !KnownSettings.Contains(s.Name))) AddJson(setting);
            }
        }

        void AddJson(JsonProperty member)
        {
            if (member.Value.ValueKind != JsonValueKind.Null) Add(member.Name, Encoding.UTF8.GetString(Json.Write(member.Value.WriteTo)));
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Sorted(IReadOnlyDictionary<string, string> pairs) => pairs.OrderBy(p => p.Key, StringComparer.Ordinal);

    private static string? Words(IReadOnlyList<string> words) => words.Count == 0 ? null : Encoding.UTF8.GetString(JsonText.Of(words));

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture);

    // Equal steps at the start and at the end belong together. The steps between them are compared by their positions.
    private static IEnumerable<ImageDifference> CompareHistory(IReadOnlyList<ImageHistory> before, IReadOnlyList<ImageHistory> after)
    {
        var shorter = Math.Min(before.Count, after.Count);
        var first = 0;
        while (first < shorter && before[first] == after[first]) first++;
        var last = 0;
        while (last < shorter - first && before[before.Count - 1 - last] == after[after.Count - 1 - last]) last++;
        for (var i = 0; i < Math.Max(before.Count, after.Count); i++)
        {
            var old = i < before.Count - last ? before[i] : null;
            var now = i < after.Count - last ? after[i] : null;
            if (old is not null || now is not null) yield return Step(i, old, now);
        }

        for (var i = after.Count - last; i < after.Count; i++) yield return Step(i, after[i], after[i]);
    }

    private static ImageDifference Step(int position, ImageHistory? before, ImageHistory? after)
    {
        var isSame = before == after;
        var needsTime = !isSame && before is not null && after is not null && Text(before, withTime: false) == Text(after, withTime: false);
        return Row(Change(before, after, isSame), $"History.{position}", before is null ? null : Text(before, needsTime), after is null ? null : Text(after, needsTime));
    }

    private static string Text(ImageHistory step, bool withTime)
    {
        var text = step.CreatedBy ?? step.Comment ?? "";
        return withTime && step.Created is { } time ? $"{Time(time)} {text}" : text;
    }

    private static ImageChange Change(object? before, object? after, bool isSame) => isSame ? ImageChange.Same : before is null ? ImageChange.Added : after is null ? ImageChange.Removed : ImageChange.Changed;

    private static ImageDifference Row(ImageChange change, string name, string? reference, string? difference) => new(ImageDifferenceKind.Setting, change, name, reference, difference);
}
