using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace OciLayout.Model;

/// <summary>Reads and writes descriptors as JSON, in the member order of the specification.</summary>
internal static class DescriptorJson
{
    private const int Remembered = 256;

    [ThreadStatic]
    private static Digest[]? s_digests;

    /// <summary>Parses a document that is one descriptor.</summary>
    /// <exception cref="JsonException">The document is not a descriptor.</exception>
    public static Descriptor Parse(ReadOnlyMemory<byte> document, string role) => Json.Guard(() =>
    {
        var reader = new Utf8JsonReader(document.Span, Json.ReaderOptions);
        reader.Read();
        return Read(ref reader, document, role);
    });

    /// <summary>Reads a descriptor. The reader is at its opening brace.</summary>
    /// <exception cref="JsonException">The descriptor has no valid digest or size.</exception>
    public static Descriptor Read(ref Utf8JsonReader reader, ReadOnlyMemory<byte> document, string role)
    {
        Read(ref reader, role, out var fields);
        return fields.ToDescriptor(document);
    }

    /// <summary>Reads the members of a descriptor. The reader is at its opening brace.</summary>
    /// <exception cref="JsonException">The descriptor has no valid digest or size.</exception>
    public static void Read(ref Utf8JsonReader reader, string role, out DescriptorFields fields)
    {
        Json.Expect(ref reader, JsonTokenType.StartObject, role, "a descriptor");
        fields = new DescriptorFields { Start = (int)reader.TokenStartIndex };
        string? mediaType = null, digestText = null;
        var digest = default(Digest);
        long? size = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("mediaType"u8)) mediaType = Next(ref reader) ? ReadMediaType(ref reader, "mediaType") : null;
            else if (reader.ValueTextEquals("digest"u8)) digestText = Next(ref reader) ? ReadDigest(ref reader, out digest) : null;
            else if (reader.ValueTextEquals("size"u8)) size = Next(ref reader) ? ReadSize(ref reader) : null;
            else if (reader.ValueTextEquals("artifactType"u8)) fields.ArtifactType = Next(ref reader) ? ReadMediaType(ref reader, "artifactType") : null;
            else if (reader.ValueTextEquals("annotations"u8)) fields.Annotations = Next(ref reader) ? Json.ReadAnnotations(ref reader) : fields.Annotations;
            else if (reader.ValueTextEquals("platform"u8)) fields.Platform = Next(ref reader) ? ReadPlatform(ref reader) : null;
            else if (reader.ValueTextEquals("urls"u8)) fields.Urls = Next(ref reader) ? Json.ReadStrings(ref reader, "urls") : fields.Urls;
            else reader.Skip();
        }

        if (digest.IsEmpty)
        {
            if (digestText is null) throw new JsonException($"a descriptor in '{role}' has no digest");
            throw new JsonException($"a descriptor in '{role}' has the malformed digest '{Digest.Shorten(digestText)}'");
        }

        fields.Digest = digest;
        if (size is null) throw new JsonException($"the descriptor of {fields.Digest} in '{role}' has no size");
        if (size < 0) throw new JsonException($"the descriptor of {fields.Digest} in '{role}' has the size {size}");
        fields.MediaType = mediaType ?? "";
        fields.Size = size.Value;
        fields.Length = (int)reader.BytesConsumed - fields.Start;
    }

    /// <summary>Returns the JSON of a descriptor: media type, digest, size, and the other members that are set.</summary>
    public static byte[] Write(Descriptor descriptor)
    {
        if (descriptor.HasExtras || !descriptor.MediaType.All(c => c is >= ' ' and <= '~' and not ('"' or '\\'))) return Json.Write(writer => Write(writer, descriptor));
        var size = descriptor.Size.ToString(CultureInfo.InvariantCulture);
        return Encoding.UTF8.GetBytes($"{{\"mediaType\":\"{descriptor.MediaType}\",\"digest\":\"{descriptor.Digest}\",\"size\":{size}}}"); // nothing to escape
    }

    public static void Write(Utf8JsonWriter writer, Descriptor descriptor)
    {
        writer.WriteStartObject();
        writer.WriteString("mediaType"u8, descriptor.MediaType);
        writer.WriteString("digest"u8, descriptor.Digest.ToString());
        writer.WriteNumber("size"u8, descriptor.Size);
        if (descriptor.Urls.Count > 0)
        {
            writer.WriteStartArray("urls"u8);
            foreach (var url in descriptor.Urls) writer.WriteStringValue(url);
            writer.WriteEndArray();
        }

        if (descriptor.Annotations.Count > 0)
        {
            writer.WriteStartObject("annotations"u8);
            foreach (var annotation in descriptor.Annotations) writer.WriteString(annotation.Key, annotation.Value);
            writer.WriteEndObject();
        }

        if (descriptor.Platform is { } platform) WritePlatform(writer, platform);
        if (descriptor.ArtifactType is { } artifactType) writer.WriteString("artifactType"u8, artifactType);
        writer.WriteEndObject();
    }

    private static bool Next(ref Utf8JsonReader reader) => reader.Read();

    // Returns the text if it is not a digest. Images share layers and artifacts share the empty config, so each thread caches recent
    // digests.
    private static string? ReadDigest(ref Utf8JsonReader reader, out Digest digest)
    {
        if (reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped && !reader.HasValueSequence && Digest.TryParsePlain(reader.ValueSpan, s_digests ??= new Digest[Remembered], out digest))
            return null;

        var text = Json.ReadString(ref reader, "digest");
        return Digest.TryParse(text, out digest) ? null : text;
    }

    private static long? ReadSize(ref Utf8JsonReader reader)
    {
        Json.Expect(ref reader, JsonTokenType.Number, "size", "a number");
        return reader.TryGetInt64(out var size) ? size : throw new JsonException($"'size' is not a whole number of bytes below 2^63 (at byte {reader.TokenStartIndex})");
    }

    /// <summary>Reads a platform object. The config of an image has the same members among others.</summary>
    public static Platform? ReadPlatform(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        Json.Expect(ref reader, JsonTokenType.StartObject, "platform", "an object");
        string? os = null, architecture = null, variant = null, version = null;
        IReadOnlyList<string> features = Array.Empty<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("os"u8)) os = Next(ref reader) ? Json.ReadOptionalString(ref reader, "os") : null;
            else if (reader.ValueTextEquals("architecture"u8)) architecture = Next(ref reader) ? Json.ReadOptionalString(ref reader, "architecture") : null;
            else if (reader.ValueTextEquals("variant"u8)) variant = Next(ref reader) ? Json.ReadOptionalString(ref reader, "variant") : null;
            else if (reader.ValueTextEquals("os.version"u8)) version = Next(ref reader) ? Json.ReadOptionalString(ref reader, "os.version") : null;
            else if (reader.ValueTextEquals("os.features"u8)) features = Next(ref reader) ? Json.ReadStrings(ref reader, "os.features") : features;
            else reader.Skip();
        }

        return new Platform(os ?? "", architecture ?? "")
        {
            Variant = string.IsNullOrEmpty(variant) ? null : variant,
            OSVersion = string.IsNullOrEmpty(version) ? null : version,
            OSFeatures = features,
        };
    }

    private static void WritePlatform(Utf8JsonWriter writer, Platform platform)
    {
        writer.WriteStartObject("platform"u8);
        writer.WriteString("architecture"u8, platform.Architecture);
        writer.WriteString("os"u8, platform.OS);
        if (platform.OSVersion is not null) writer.WriteString("os.version"u8, platform.OSVersion);
        if (platform.OSFeatures.Count > 0)
        {
            writer.WriteStartArray("os.features"u8);
            foreach (var feature in platform.OSFeatures) writer.WriteStringValue(feature);
            writer.WriteEndArray();
        }

        if (platform.Variant is not null) writer.WriteString("variant"u8, platform.Variant);
        writer.WriteEndObject();
    }

    /// <summary>Reads a media type or null. Common media types share their strings.</summary>
    public static string? ReadMediaType(ref Utf8JsonReader reader, string member)
    {
        if (reader.TokenType != JsonTokenType.String || reader.ValueIsEscaped || reader.HasValueSequence) return Json.ReadOptionalString(ref reader, member);
        return WellKnownMediaType.Find(reader.ValueSpan) ?? Json.ReadString(ref reader, member);
    }
}
