using System;
using System.Collections.Generic;
using System.Text.Json;

namespace OciLayout;

/// <summary>By which member a manifest points at something.</summary>
public enum DescriptorRole : byte
{
    /// <summary>Where a walk began, or an entry of <c>index.json</c>.</summary>
    Root,

    /// <summary><c>subject</c>: what a referrer is attached to.</summary>
    Subject,

    /// <summary><c>config</c>.</summary>
    Config,

    /// <summary>One of <c>layers</c>.</summary>
    Layer,

    /// <summary>One of <c>manifests</c>.</summary>
    Manifest,

    /// <summary>One of <c>blobs</c> of an artifact manifest.</summary>
    Blob,
}

/// <summary>A parsed manifest or index of any of the five types, with the bytes that it was read from.</summary>
public sealed class Manifest
{
    private Manifest(ManifestKind kind, ReadOnlyMemory<byte> bytes)
    {
        Kind = kind;
        Bytes = bytes;
    }

    internal ManifestKind Kind { get; }

    /// <summary>The media type under which it was read.</summary>
    public string MediaType => MediaTypes.Of(Kind);

    /// <summary>The bytes as stored; their digest is the manifest's.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The bytes as text.</summary>
    public string Json => Bytes.Span.DecodeUtf8();

    /// <summary>The <c>artifactType</c> member.</summary>
    public string? ArtifactType { get; private set; }

    /// <summary>The config of an image manifest.</summary>
    public Descriptor? Config { get; private set; }

    /// <summary>The layers of an image manifest.</summary>
    public IReadOnlyList<Descriptor> Layers { get; private set; } = Array.Empty<Descriptor>();

    /// <summary>The manifests of an index.</summary>
    public IReadOnlyList<Descriptor> Manifests { get; private set; } = Array.Empty<Descriptor>();

    /// <summary>The blobs of an artifact manifest.</summary>
    public IReadOnlyList<Descriptor> Blobs { get; private set; } = Array.Empty<Descriptor>();

    /// <summary>What this is attached to. The Docker types have none (image-spec knows it for its own types only).</summary>
    public Descriptor? Subject { get; private set; }

    /// <summary>The annotations of the manifest itself.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; private set; } = Descriptor.NoAnnotations;

    /// <summary>The type under which it is listed as a referrer: its artifactType, else the media type of an image manifest's config.</summary>
    public string? ReferrerType => !string.IsNullOrEmpty(ArtifactType) ? ArtifactType : Kind == ManifestKind.Image ? Config?.MediaType : null;

    /// <summary>What it points at, in the order in which its type lists them.</summary>
    public IEnumerable<(DescriptorRole Role, Descriptor Target)> Successors
    {
        get
        {
            if (Subject is not null) yield return (DescriptorRole.Subject, Subject);
            if (Config is not null) yield return (DescriptorRole.Config, Config);
            foreach (var layer in Layers) yield return (DescriptorRole.Layer, layer);
            foreach (var manifest in Manifests) yield return (DescriptorRole.Manifest, manifest);
            foreach (var blob in Blobs) yield return (DescriptorRole.Blob, blob);
        }
    }

    /// <summary>Parses a manifest under a media type.</summary>
    /// <param name="bytes">The document; kept, not copied.</param>
    /// <param name="mediaType">One of the five manifest types.</param>
    /// <param name="name">How messages call it, usually its digest.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>, <see cref="OciErrorKind.UnsupportedMediaType"/>.</exception>
    public static Manifest Parse(ReadOnlyMemory<byte> bytes, string mediaType, string name = "the manifest")
    {
        var kind = MediaTypes.KindOf(mediaType);
        if (kind == ManifestKind.None)
        {
            throw new OciException(OciErrorKind.UnsupportedMediaType, $"'{Digest.Shorten(mediaType)}' is no type of a manifest or index.", mediaType)
            {
                Expected = MediaTypes.ImageManifest + " or another manifest type",
                Actual = mediaType,
            };
        }

        return Parse(bytes, kind, name);
    }

    internal static Manifest Parse(ReadOnlyMemory<byte> bytes, ManifestKind kind, string name)
    {
        try
        {
            return OciLayout.Json.Guard(() => Read(bytes, kind));
        }
        catch (JsonException e)
        {
            throw new OciException(OciErrorKind.InvalidManifest, $"{name} cannot be read as {MediaTypes.Of(kind)}: {e.Message.TrimEnd('.')}.", name, e)
            {
                Expected = MediaTypes.Of(kind),
            };
        }
    }

    /// <summary>The media type that a document has by itself, by its own member or by its shape; null when it is no manifest.</summary>
    internal static string? Sniff(ReadOnlyMemory<byte> bytes)
    {
        var start = 0;
        var span = bytes.Span;
        while (start < span.Length && span[start] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') start++;
        if (start == span.Length || span[start] != (byte)'{') return null;
        try
        {
            return OciLayout.Json.Guard(() => SniffObject(bytes));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? SniffObject(ReadOnlyMemory<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes.Span, OciLayout.Json.ReaderOptions);
        reader.Read();
        string? own = null;
        bool config = false, layers = false, manifests = false, schema = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("mediaType"u8) && reader.Read() && reader.TokenType == JsonTokenType.String) own = reader.GetString();
            else if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("schemaVersion"u8)) schema = true;
            else if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("config"u8)) config = NextIs(ref reader, JsonTokenType.StartObject);
            else if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("layers"u8)) layers = NextIs(ref reader, JsonTokenType.StartArray);
            else if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("manifests"u8)) manifests = NextIs(ref reader, JsonTokenType.StartArray);
            reader.Skip();
        }

        if (own is not null) return MediaTypes.IsManifest(own) ? own : null;
        return (schema, config && layers, manifests) switch
        {
            (true, true, false) => MediaTypes.ImageManifest,
            (true, false, true) => MediaTypes.ImageIndex,
            _ => null,
        };
    }

    private static bool NextIs(ref Utf8JsonReader reader, JsonTokenType type) => reader.Read() && reader.TokenType == type;

    private static Manifest Read(ReadOnlyMemory<byte> bytes, ManifestKind kind)
    {
        var document = OciLayout.Json.WithoutByteOrderMark(bytes);
        var reader = new Utf8JsonReader(document.Span, OciLayout.Json.ReaderOptions);
        if (document.IsEmpty || !reader.Read()) throw new JsonException("it is empty");
        OciLayout.Json.Expect(ref reader, JsonTokenType.StartObject, "the document", "an object");
        var result = new Manifest(kind, bytes);
        var seen = Member.None;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var member = MemberOf(ref reader);
            if (member != Member.None && (seen & member) != 0)
                throw new JsonException($"it has the member '{reader.GetString()}' twice");
            seen |= member;
            reader.Read();
            result.Take(member, ref reader, document);
        }

        if (reader.Read()) throw new JsonException($"something follows the document (at byte {reader.TokenStartIndex})");
        result.CheckShape();
        return result;
    }

    private void Take(Member member, ref Utf8JsonReader reader, ReadOnlyMemory<byte> document)
    {
        switch (member)
        {
            case Member.MediaType:
                var own = OciLayout.Json.ReadOptionalString(ref reader, "mediaType");
                if (!string.IsNullOrEmpty(own) && own != MediaType)
                    throw new JsonException($"its own mediaType is '{Digest.Shorten(own)}'");
                break;
            case Member.ArtifactType:
                ArtifactType = OciLayout.Json.ReadOptionalString(ref reader, "artifactType");
                break;
            case Member.Annotations:
                Annotations = OciLayout.Json.ReadAnnotations(ref reader);
                break;
            case Member.Config:
                Config = ReadOne(ref reader, document, "config");
                break;
            case Member.Subject when Kind is not (ManifestKind.DockerImage or ManifestKind.DockerList):
                Subject = ReadOne(ref reader, document, "subject");
                break;
            case Member.Layers:
                Layers = ReadMany(ref reader, document, "layers");
                break;
            case Member.Manifests:
                Manifests = ReadMany(ref reader, document, "manifests");
                break;
            case Member.Blobs when Kind == ManifestKind.Artifact:
                Blobs = ReadMany(ref reader, document, "blobs");
                break;
            default:
                reader.Skip();
                break;
        }
    }

    // A document that could be read as an image by one tool and as an index by the next hides content from one of them
    // (image-spec security advisory GHSA-77vh-xpmg-72qh; containerd refuses the same).
    private void CheckShape()
    {
        var image = Config is not null || Layers.Count > 0;
        var index = Manifests.Count > 0;
        if (image && index) throw new JsonException("it has 'config' or 'layers' beside 'manifests'");
        if (index && Kind is not (ManifestKind.Index or ManifestKind.DockerList)) throw new JsonException("it has 'manifests', which only an index has");
        if (image && Kind is (ManifestKind.Index or ManifestKind.DockerList)) throw new JsonException("it has 'config' or 'layers', which an index has not");
        if (Kind == ManifestKind.Artifact && image) throw new JsonException("it has 'config' or 'layers', which an artifact manifest has not");
    }

    private static Descriptor? ReadOne(ref Utf8JsonReader reader, ReadOnlyMemory<byte> document, string member) =>
        reader.TokenType == JsonTokenType.Null ? null : DescriptorJson.Read(ref reader, document, member);

    private static IReadOnlyList<Descriptor> ReadMany(ref Utf8JsonReader reader, ReadOnlyMemory<byte> document, string member)
    {
        if (reader.TokenType == JsonTokenType.Null) return Array.Empty<Descriptor>();
        OciLayout.Json.Expect(ref reader, JsonTokenType.StartArray, member, "an array");
        var result = new List<Descriptor>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) result.Add(DescriptorJson.Read(ref reader, document, member));
        return result;
    }

    private static Member MemberOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("mediaType"u8) ? Member.MediaType
        : reader.ValueTextEquals("layers"u8) ? Member.Layers
        : reader.ValueTextEquals("config"u8) ? Member.Config
        : reader.ValueTextEquals("manifests"u8) ? Member.Manifests
        : reader.ValueTextEquals("subject"u8) ? Member.Subject
        : reader.ValueTextEquals("artifactType"u8) ? Member.ArtifactType
        : reader.ValueTextEquals("annotations"u8) ? Member.Annotations
        : reader.ValueTextEquals("blobs"u8) ? Member.Blobs
        : Member.None;

    [Flags]
    private enum Member
    {
        None = 0,
        MediaType = 1,
        ArtifactType = 2,
        Annotations = 4,
        Config = 8,
        Subject = 16,
        Layers = 32,
        Manifests = 64,
        Blobs = 128,
    }
}
