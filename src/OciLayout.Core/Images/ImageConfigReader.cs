using System;
using System.Collections.Generic;
using System.Text.Json;
using OciLayout.Model;

namespace OciLayout.Images;

/// <summary>
/// Parses the configuration of an image. Members of the wrong type, and members that other tools would read in another way, are errors;
/// unknown members are skipped.
/// </summary>
internal sealed class ImageConfigReader
{
    private static readonly string[] Members = ["created", "author", "architecture", "os", "variant", "os.version", "os.features", "config", "rootfs", "history"];
    private static readonly string[] Settings = ["Entrypoint", "Cmd", "Env", "Labels", "WorkingDir", "User", "ExposedPorts", "Volumes", "StopSignal"];
    private static readonly string[] RootMembers = ["diff_ids"];
    private static readonly string[] StepMembers = ["created", "created_by", "comment", "author", "empty_layer"];

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
    private readonly List<ImageHistory> _history = [];

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
        ReadMembers(ref reader, Members, ReadMember);
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

    private void ReadMember(ref Utf8JsonReader reader, string member)
    {
        if (member == "created") _created = ReadTime(ref reader);
        else if (member == "author") _author = Json.ReadOptionalString(ref reader, member);
        else if (member == "config") ReadObject(ref reader, member, Settings, ReadSetting);
        else if (member == "history") ReadHistory(ref reader);
        else if (member == "rootfs")
        {
            if (reader.TokenType != JsonTokenType.Null) _diffIds = [];
            ReadObject(ref reader, member, RootMembers, ReadRoot);
        }
        else
        {
            reader.Skip(); // a member of the platform, which is read from the start
        }
    }

    private void ReadSetting(ref Utf8JsonReader reader, string member)
    {
        if (member == "Entrypoint") _entrypoint = Json.ReadStrings(ref reader, member);
        else if (member == "Cmd") _command = Json.ReadStrings(ref reader, member);
        else if (member == "Env") _environment = Json.ReadStrings(ref reader, member);
        else if (member == "Labels") _labels = Json.ReadAnnotations(ref reader);
        else if (member == "WorkingDir") _directory = Json.ReadOptionalString(ref reader, member);
        else if (member == "User") _user = Json.ReadOptionalString(ref reader, member);
        else if (member == "ExposedPorts") _ports = ReadNames(ref reader, member);
        else if (member == "Volumes") _volumes = ReadNames(ref reader, member);
        else _signal = Json.ReadOptionalString(ref reader, member);
    }

    private void ReadRoot(ref Utf8JsonReader reader, string member)
    {
        foreach (var text in Json.ReadStrings(ref reader, member)) _diffIds!.Add(Digest.TryParse(text, out var digest) ? digest : null);
    }

    private void ReadHistory(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null) return;
        Json.Expect(ref reader, JsonTokenType.StartArray, "history", "an array");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            DateTimeOffset? created = null;
            string? by = null, comment = null, author = null;
            var isEmpty = false;
            Json.Expect(ref reader, JsonTokenType.StartObject, "history", "an array of objects");
            ReadMembers(ref reader, StepMembers, ReadStep);
            _history.Add(new ImageHistory(created, by, comment, author, isEmpty));

            void ReadStep(ref Utf8JsonReader step, string member)
            {
                if (member == "created") created = ReadTime(ref step);
                else if (member == "created_by") by = Json.ReadOptionalString(ref step, member);
                else if (member == "comment") comment = Json.ReadOptionalString(ref step, member);
                else if (member == "author") author = Json.ReadOptionalString(ref step, member);
                else isEmpty = step.TokenType == JsonTokenType.True;
            }
        }
    }

    private delegate void MemberReader(ref Utf8JsonReader reader, string member);

    private static void ReadObject(ref Utf8JsonReader reader, string member, string[] known, MemberReader read)
    {
        if (reader.TokenType == JsonTokenType.Null) return;
        Json.Expect(ref reader, JsonTokenType.StartObject, member, "an object");
        ReadMembers(ref reader, known, read);
    }

    private static void ReadMembers(ref Utf8JsonReader reader, string[] known, MemberReader read)
    {
        var seen = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (MemberNames.Next(ref reader, known, ref seen) is { } member) read(ref reader, member);
            else reader.Skip();
        }
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
            reader.Read();
            reader.Skip();
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
