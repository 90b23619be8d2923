using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using OciLayout.Model;

namespace OciLayout.Images;

/// <summary>Writes changes into the text of a configuration (image-spec, config). Members that no setting names keep their bytes.</summary>
internal sealed class ImageConfigWriter
{
    private const string Module = "OciLayout";
    private const string Config = "config";

    private readonly ImageConfig _before;
    private readonly JsonText _text;
    private readonly List<string> _changed = [];

    public ImageConfigWriter(ImageConfig before)
    {
        _before = before;
        _text = new JsonText(before.Bytes);
    }

    /// <summary>Returns the configuration of an image without layers.</summary>
    public static ImageConfig Empty(Platform platform)
    {
        var members = new List<KeyValuePair<string, object?>> { new("architecture", platform.Architecture), new("os", platform.OS) };
        if (platform.OSVersion is { } version) members.Add(new("os.version", version));
        if (platform.OSFeatures.Count > 0) members.Add(new("os.features", platform.OSFeatures.ToList<object?>()));
        if (platform.Variant is { } variant) members.Add(new("variant", variant));
        members.Add(new(Config, new List<KeyValuePair<string, object?>>()));
        members.Add(new("rootfs", new List<KeyValuePair<string, object?>> { new("type", "layers"), new("diff_ids", new List<object?>()) }));
        return ImageConfig.Parse(PlainJson.Write(members));
    }

    /// <summary>Changes the settings. Call it once, before the layers are changed.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="command">The command, which may differ from that of the settings.</param>
    public void Apply(ImageSettings settings, IReadOnlyList<string>? command)
    {
        Note(SetStrings("Entrypoint", settings.Entrypoint), "Entrypoint");
        Note(SetStrings("Cmd", command), "Command");
        Note(SetPorts(settings.ExposedPorts), "ExposedPort");
        foreach (var variable in settings.Environment) Note(SetVariable(variable.Key, variable.Value), "Environment");
        foreach (var label in settings.Labels) Note(_text.Set(label.Value is null ? null : JsonText.Of(label.Value), Config, "Labels", label.Key), "Label");
        Note(SetText(settings.User, Config, "User"), "User");
        Note(SetText(settings.WorkingDirectory, Config, "WorkingDir"), "WorkingDirectory");
        Note(SetText(settings.Author, "author"), "Author");
        Note(settings.Created is { } created && created != _before.Created && _text.Set(JsonText.Of(Time(created)), "created"), "Created");
    }

    /// <summary>Removes layers, and their steps of the history if the history has one for each layer.</summary>
    public void RemoveLayers(ISet<int> layers)
    {
        if (layers.Count == 0) return;
        var steps = Steps();
        if (steps.Count == _text.Elements("rootfs", "diff_ids").Count)
        {
            var removed = new HashSet<int>(layers.Select(l => steps[l]));
            _text.ChangeElements(removed.Contains, null, "history");
        }

        _text.ChangeElements(layers.Contains, null, "rootfs", "diff_ids");
        Note(true, "RemoveLayer");
    }

    /// <summary>Adds the layers and the steps of the history.</summary>
    /// <param name="diffIds">The digests of the tars of the new layers.</param>
    /// <param name="now">The creation time to set; null to keep it.</param>
    /// <param name="otherChange">The setting that changed the manifest in another way, which is a step as well; null for none.</param>
    /// <returns>The new configuration; null when nothing was changed.</returns>
    public byte[]? Finish(IReadOnlyList<Digest> diffIds, DateTimeOffset? now, string? otherChange)
    {
        if (otherChange is not null) Note(true, otherChange);
        if (diffIds.Count > 0) Note(true, "Path");
        if (_changed.Count == 0) return null;
        if (now is { } time) _text.Set(JsonText.Of(Time(time)), "created");
        foreach (var diffId in diffIds)
        {
            _text.Append(JsonText.Of(diffId.ToString()), "rootfs", "diff_ids");
            AddStep(isEmpty: false);
        }

        if (diffIds.Count == 0) AddStep(isEmpty: true);
        return _text.Bytes;
    }

    private void Note(bool isChanged, string setting)
    {
        if (isChanged && !_changed.Contains(setting)) _changed.Add(setting);
    }

    private void AddStep(bool isEmpty)
    {
        var step = new List<KeyValuePair<string, object?>>();
        if (_text.Get("created") is { } created && Parse(created) is { } time) step.Add(new("created", time));
        step.Add(new("created_by", $"{Module}: {string.Join(", ", _changed)}"));
        if (isEmpty) step.Add(new("empty_layer", true));
        _text.Append(JsonText.Of(step), "history");
    }

    private static string? Parse(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, Json.DocumentOptions);
        return document.RootElement.ValueKind == JsonValueKind.String && Rfc3339.IsValid(document.RootElement.GetString()!) ? document.RootElement.GetString() : null;
    }

    private bool SetStrings(string member, IReadOnlyList<string>? values) =>
        values is not null && _text.Set(values.Count == 0 ? null : JsonText.Of(values.ToList<object?>()), Config, member);

    private bool SetPorts(IReadOnlyList<string>? ports) => ports is not null && _text.Set(
        ports.Count == 0 ? null : JsonText.Of(ports.Distinct().Select(p => new KeyValuePair<string, object?>(p, new List<KeyValuePair<string, object?>>())).ToList()), Config, "ExposedPorts");

    private bool SetText(string? value, params string[] path) => value is not null && _text.Set(value.Length == 0 ? null : JsonText.Of(value), path);

    // The last entry of a name counts, and other entries of the name are removed.
    private bool SetVariable(string name, string? value)
    {
        var wanted = value is null ? null : JsonText.Of($"{name}={value}");
        var entries = _text.Elements(Config, "Env");
        var own = Enumerable.Range(0, entries.Count).Where(i => NameOf(entries[i]) == name).ToList();
        if (own.Count == 1 && wanted is not null && JsonEquality.AreSame(entries[own[0]], wanted)) return false;
        if (own.Count == 0 && wanted is null) return false;
        if (own.Count == 0)
        {
            _text.Append(wanted!, Config, "Env");
            return true;
        }

        var removed = new HashSet<int>(wanted is null ? own : own.Skip(1));
        _text.ChangeElements(removed.Contains, (i, _) => i == own[0] ? wanted : null, Config, "Env");
        return true;
    }

    private static string NameOf(ReadOnlyMemory<byte> entry)
    {
        using var document = JsonDocument.Parse(entry, Json.DocumentOptions);
        var text = document.RootElement.ValueKind == JsonValueKind.String ? document.RootElement.GetString()! : "";
        var equals = text.IndexOf('=');
        return equals < 0 ? text : text.Substring(0, equals);
    }

    // The positions of the steps of the history that made a layer.
    private List<int> Steps()
    {
        var steps = new List<int>();
        var history = _text.Elements("history");
        for (var i = 0; i < history.Count; i++)
        {
            using var step = JsonDocument.Parse(history[i], Json.DocumentOptions);
            if (!step.RootElement.TryGetProperty("empty_layer", out var empty) || empty.ValueKind != JsonValueKind.True) steps.Add(i);
        }

        return steps;
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
}
