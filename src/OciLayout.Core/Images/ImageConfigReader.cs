using System;
using System.Collections.Generic;
using System.Text.Json;
using OciLayout.Model;

namespace OciLayout.Images;

/// <summary>Parses the configuration of an image. Members of the wrong type are errors; unknown members are skipped.</summary>
internal sealed class ImageConfigReader
{
    private DateTimeOffset? _created;
    private string? _author;
    private IReadOnlyList<string> _entrypoint = [];
    private IReadOnlyList<string> _command = [];
    private IReadOnlyList<string> _environment = [];
    private IReadOnlyDictionary<string, string> _labels = Descriptor.NoAnnotations;
    private string? _directory;
    private string? _user;
    private IReadOnlyList<string> _ports = [];
    private IReadOnlyList<string> _volumes = [];
    private string? _signal;
    private List<Digest?>? _diffIds;
    private List<ImageHistory> _history = [];

    private ImageConfigReader()
    {
    }

    public static ImageConfig Read(ReadOnlyMemory<byte> bytes, string name)
    {
        try
        {
            return Json.Guard(() => new ImageConfigReader().Parse(bytes));
        }
        catch (JsonException e)
        {
            throw ImageErrors.ConfigMalformed(name, e);
        }
    }

    private ImageConfig Parse(ReadOnlyMemory<byte> bytes)
    {
        var document = Json.WithoutByteOrderMark(bytes);
        var reader = new Utf8JsonReader(document.Span, Json.ReaderOptions);
        if (!reader.Read()) throw new JsonException("it is empty");
        var start = reader;
        Json.Expect(ref reader, JsonTokenType.StartObject, "configuration", "an object");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject) ReadMember(ref reader);
        while (reader.Read()) throw new JsonException("text follows the object");
        if (_diffIds is null) throw new JsonException("it has no 'rootfs'");
        var platform = DescriptorJson.ReadPlatform(ref start);
        return new ImageConfig(bytes)
        {
            Platform = platform is { OS.Length: > 0, Architecture.Length: > 0 } ? platform : null,
            Created = _created,
            Author = _author,
            Entrypoint = _entrypoint,
            Command = _command,
            Environment = Variables(),
            Labels = _labels,
            WorkingDirectory = _directory,
            User = _user,
            ExposedPorts = _ports,
            Volumes = _volumes,
            StopSignal = _signal,
            DiffIds = _diffIds,
            History = _history,
        };
    }

    private void ReadMember(ref Utf8JsonReader reader)
    {
        if (Is(ref reader, "created"u8)) _created = ReadTime(ref reader);
        else if (Is(ref reader, "author"u8)) _author = Json.ReadOptionalString(ref reader, "author");
        else if (Is(ref reader, "config"u8)) ReadObject(ref reader, "config", ReadSetting);
        else if (Is(ref reader, "rootfs"u8))
        {
            if (reader.TokenType != JsonTokenType.Null) _diffIds = [];
            ReadObject(ref reader, "rootfs", ReadRoot);
        }
        else if (Is(ref reader, "history"u8)) ReadHistory(ref reader);
        else Skip(ref reader);
    }

    private void ReadSetting(ref Utf8JsonReader reader)
    {
        if (Is(ref reader, "Entrypoint"u8)) _entrypoint = Json.ReadStrings(ref reader, "Entrypoint");
        else if (Is(ref reader, "Cmd"u8)) _command = Json.ReadStrings(ref reader, "Cmd");
        else if (Is(ref reader, "Env"u8)) _environment = Json.ReadStrings(ref reader, "Env");
        else if (Is(ref reader, "Labels"u8)) _labels = Json.ReadAnnotations(ref reader);
        else if (Is(ref reader, "WorkingDir"u8)) _directory = Json.ReadOptionalString(ref reader, "WorkingDir");
        else if (Is(ref reader, "User"u8)) _user = Json.ReadOptionalString(ref reader, "User");
        else if (Is(ref reader, "ExposedPorts"u8)) _ports = ReadNames(ref reader, "ExposedPorts");
        else if (Is(ref reader, "Volumes"u8)) _volumes = ReadNames(ref reader, "Volumes");
        else if (Is(ref reader, "StopSignal"u8)) _signal = Json.ReadOptionalString(ref reader, "StopSignal");
        else Skip(ref reader);
    }

    private void ReadRoot(ref Utf8JsonReader reader)
    {
        if (!Is(ref reader, "diff_ids"u8))
        {
            Skip(ref reader);
            return;
        }

        foreach (var text in Json.ReadStrings(ref reader, "diff_ids")) _diffIds!.Add(Digest.TryParse(text, out var digest) ? digest : null);
    }

    private void ReadHistory(ref Utf8JsonReader reader)
    {
        _history = [];
        if (reader.TokenType == JsonTokenType.Null) return;
        Json.Expect(ref reader, JsonTokenType.StartArray, "history", "an array");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            DateTimeOffset? created = null;
            string? by = null, comment = null, author = null;
            var isEmpty = false;
            Json.Expect(ref reader, JsonTokenType.StartObject, "history", "an array of objects");
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                if (Is(ref reader, "created"u8)) created = ReadTime(ref reader);
                else if (Is(ref reader, "created_by"u8)) by = Json.ReadOptionalString(ref reader, "created_by");
                else if (Is(ref reader, "comment"u8)) comment = Json.ReadOptionalString(ref reader, "comment");
                else if (Is(ref reader, "author"u8)) author = Json.ReadOptionalString(ref reader, "author");
                else if (Is(ref reader, "empty_layer"u8)) isEmpty = reader.TokenType == JsonTokenType.True;
                else Skip(ref reader);
            }

            _history.Add(new ImageHistory(created, by, comment, author, isEmpty));
        }
    }

    private delegate void MemberReader(ref Utf8JsonReader reader);

    private static void ReadObject(ref Utf8JsonReader reader, string member, MemberReader read)
    {
        if (reader.TokenType == JsonTokenType.Null) return;
        Json.Expect(ref reader, JsonTokenType.StartObject, member, "an object");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject) read(ref reader);
    }

    // Returns whether the reader is at the name of a member, and moves it to the value then.
    private static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) => Json.Says(ref reader, name) && reader.Read();

    private static void Skip(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    private static DateTimeOffset? ReadTime(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String) return Rfc3339.Parse(Json.TextOrNull(ref reader) ?? "");
        reader.Skip();
        return null;
    }

    // The ports and the volumes are the names of members, and their values are empty objects.
    private static List<string> ReadNames(ref Utf8JsonReader reader, string member)
    {
        var names = new List<string>();
        if (reader.TokenType == JsonTokenType.Null) return names;
        Json.Expect(ref reader, JsonTokenType.StartObject, member, "an object");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            names.Add(reader.GetString()!);
            Skip(ref reader);
        }

        return names;
    }

    private List<KeyValuePair<string, string?>> Variables()
    {
        var result = new List<KeyValuePair<string, string?>>(_environment.Count);
        foreach (var entry in _environment)
        {
            var equals = entry.IndexOf('=');
            result.Add(equals < 0 ? new(entry, null) : new(entry.Substring(0, equals), entry.Substring(equals + 1)));
        }

        return result;
    }
}
