using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout.Images;

/// <summary>The settings of an image or an index as texts, in their order.</summary>
internal sealed class SettingList
{
    // The members that have a name of their own below. The layers are compared by their digests.
    private static readonly HashSet<string> KnownMembers = new(StringComparer.Ordinal) { "created", "author", "architecture", "os", "variant", "os.version", "config", "rootfs", "history" };
    private static readonly HashSet<string> KnownSettings = new(StringComparer.Ordinal) { "Entrypoint", "Cmd", "Env", "Labels", "WorkingDir", "User", "ExposedPorts", "Volumes", "StopSignal" };

    // An unknown member can have the name of a setting, so the place of a name is part of its key. Of two equal keys, the last one counts.
    private readonly Dictionary<(Place Place, string Name), string> _values = [];
    private readonly List<(Place Place, string Name)> _names = [];

    private enum Place
    {
        Setting,
        UnknownMember,
        UnknownSetting,
    }

    /// <summary>Lists the settings of an image: the members of the configuration, also unknown ones, and the annotations of the manifest.</summary>
    public static SettingList Of(Manifest manifest, ImageConfig config, Platform? platform)
    {
        var list = new SettingList();
        list.Add("MediaType", manifest.MediaType);
        list.Add("Platform", (config.Platform ?? platform)?.ToString());
        list.Add("Created", config.Created is { } created ? Time(created) : null);
        list.Add("Author", config.Author);
        list.Add("Entrypoint", Words(config.Entrypoint));
        list.Add("Command", Words(config.Command));
        foreach (var variable in config.Environment) list.Add("Environment." + variable.Key, variable.Value ?? "");
        foreach (var label in Sorted(config.Labels)) list.Add("Labels." + label.Key, label.Value);
        list.Add("WorkingDirectory", config.WorkingDirectory);
        list.Add("User", config.User);
        foreach (var port in config.ExposedPorts) list.Add("ExposedPorts." + port, port);
        foreach (var volume in config.Volumes) list.Add("Volumes." + volume, volume);
        list.Add("StopSignal", config.StopSignal);
        foreach (var annotation in Sorted(manifest.Annotations)) list.Add("Annotations." + annotation.Key, annotation.Value);
        list.AddUnknown(Json.WithoutByteOrderMark(config.Bytes));
        return list;
    }

    /// <summary>Lists the media type and the annotations of an index.</summary>
    public static SettingList Of(Manifest index)
    {
        var list = new SettingList();
        list.Add("Index.MediaType", index.MediaType);
        foreach (var annotation in Sorted(index.Annotations)) list.Add("Index.Annotations." + annotation.Key, annotation.Value);
        return list;
    }

    /// <summary>Returns the names of two lists, and the values on both sides; null for a side that does not have it.</summary>
    public static IEnumerable<(string Name, string? Before, string? After)> Join(SettingList before, SettingList after) =>
        before._names.Concat(after._names.Where(n => !before._values.ContainsKey(n))).Select(n => (n.Name, before.Value(n), after.Value(n)));

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture);

    private string? Value((Place Place, string Name) key) => _values.TryGetValue(key, out var value) ? value : null;

    private void Add(string name, string? value, Place place = Place.Setting)
    {
        if (value is null) return;
        var key = (place, name);
        if (!_values.ContainsKey(key)) _names.Add(key);
        _values[key] = value;
    }

    private void AddUnknown(ReadOnlyMemory<byte> document)
    {
        var reader = new Utf8JsonReader(document.Span, Json.ReaderOptions);
        reader.Read();
        while (NextName(ref reader) is { } member)
        {
            if (member == "config" && reader.TokenType == JsonTokenType.StartObject)
            {
                while (NextName(ref reader) is { } setting) AddValue(ref reader, document, setting, KnownSettings, Place.UnknownSetting);
            }
            else
            {
                AddValue(ref reader, document, member, KnownMembers, Place.UnknownMember);
            }
        }
    }

    // Moves the reader to the value of the next member.
    private static string? NextName(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType == JsonTokenType.EndObject) return null;
        var name = reader.GetString();
        reader.Read();
        return name;
    }

    private void AddValue(ref Utf8JsonReader reader, ReadOnlyMemory<byte> document, string name, HashSet<string> known, Place place)
    {
        var isShown = !known.Contains(name) && reader.TokenType != JsonTokenType.Null;
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        if (isShown) Add(name, Text(document.Slice(start, (int)reader.BytesConsumed - start)), place);
    }

    // White space does not matter.
    private static string Text(ReadOnlyMemory<byte> value)
    {
        try
        {
            using var document = JsonDocument.Parse(value, Json.DocumentOptions);
            return Encoding.UTF8.GetString(Json.Write(document.WriteTo));
        }
        catch (InvalidOperationException)
        {
            return value.Span.DecodeUtf8(); // it has text that is not valid Unicode
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Sorted(IReadOnlyDictionary<string, string> pairs) => pairs.OrderBy(p => p.Key, StringComparer.Ordinal);

    private static string? Words(IReadOnlyList<string> words) => words.Count == 0 ? null : Encoding.UTF8.GetString(JsonText.Of(words));
}
