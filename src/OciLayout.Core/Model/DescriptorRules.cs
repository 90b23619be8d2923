using System;
using System.Collections.Generic;
using System.Text.Json;

namespace OciLayout.Model;

/// <summary>
/// Checks the requirements of the image specification for a descriptor (image-spec, descriptor), as <see cref="ManifestRules"/> does for a
/// manifest.
/// </summary>
/// <param name="withValues">Whether to check media types and embedded data, in addition to the types of the members.</param>
internal sealed class DescriptorRules(bool withValues)
{
    private static readonly string[] Members = ["mediaType", "digest", "size", "urls", "annotations", "data", "artifactType", "platform"];

    private static readonly string[] PlatformMembers = ["architecture", "os", "os.version", "os.features", "variant"];

    /// <summary>Finds the first rule that a descriptor violates. Media types and embedded data are not checked.</summary>
    /// <param name="json">The descriptor.</param>
    /// <returns>The problem; null if there is none.</returns>
    public static string? Problem(ReadOnlyMemory<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json.Span, Json.ReaderOptions);
            reader.Read();
            new DescriptorRules(withValues: false).Check(ref reader, "manifests");
            return null;
        }
        catch (Exception e) when (Json.Problem(e) is { } problem)
        {
            return problem.Message.TrimEnd('.');
        }
    }

    /// <summary>Checks a descriptor and moves the reader from its start to its end.</summary>
    /// <exception cref="JsonException">The descriptor violates a rule.</exception>
    public void Check(ref Utf8JsonReader reader, string role)
    {
        var whole = reader;
        DescriptorJson.Read(ref whole, role, out var fields); // checks the types of the members that OciLayout uses
        if (withValues && fields.MediaType.Length == 0) throw new JsonException($"the descriptor of {fields.Digest} in '{role}' has no mediaType");
        CheckMediaType(fields.MediaType, "mediaType");
        CheckMediaType(fields.ArtifactType ?? "", "artifactType");
        var seen = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var member = MemberNames.Next(ref reader, Members, ref seen);
            if (reader.TokenType == JsonTokenType.Null) continue;
            if (member == "annotations") CheckAnnotations(ref reader);
            else if (member == "data") CheckData(ref reader, fields);
            else if (member == "platform") CheckPlatform(ref reader);
            else reader.Skip();
        }
    }

    /// <summary>Checks a media type. An empty text is accepted as a missing one.</summary>
    /// <exception cref="JsonException">The text is not a media type.</exception>
    public void CheckMediaType(string text, string member)
    {
        if (withValues && text.Length > 0 && !MediaTypes.IsValid(text)) throw new JsonException($"the {member} '{Digest.Shorten(text)}' is not a media type (RFC 6838)");
    }

    /// <summary>Checks the annotations at the reader: keys are unique, values are strings.</summary>
    /// <exception cref="JsonException">The annotations violate a rule.</exception>
    public static void CheckAnnotations(ref Utf8JsonReader reader)
    {
        Json.Expect(ref reader, JsonTokenType.StartObject, "annotations", "an object");
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var key = reader.GetString()!;
            if (!keys.Add(key)) throw new JsonException($"it has the annotation '{Digest.Shorten(key)}' twice");
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) throw Json.Unexpected(ref reader, Digest.Shorten(key), "a string");
        }
    }

    private static void CheckPlatform(ref Utf8JsonReader reader)
    {
        var seen = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            MemberNames.Next(ref reader, PlatformMembers, ref seen);
            reader.Skip();
        }
    }

    private void CheckData(ref Utf8JsonReader reader, in DescriptorFields fields)
    {
        if (EmbeddedData.Read(ref reader) is not { } data) throw new JsonException($"the embedded data of {fields.Digest} is not Base64 text");
        if (withValues && !EmbeddedData.IsContent(data, fields.Digest, fields.Size)) throw new JsonException($"the embedded data of {fields.Digest} does not match its digest and size");
    }
}
