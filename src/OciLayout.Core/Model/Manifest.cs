using System;
using System.Collections.Generic;
using System.Text.Json;
using OciLayout.Common;
using OciLayout.Model;

namespace OciLayout;

/// <summary>A parsed manifest or index of any of the five types, with the bytes from which it was read.</summary>
public sealed class Manifest
{
    private Manifest(ManifestReader reader, ReadOnlyMemory<byte> bytes)
    {
        Kind = reader.Kind;
        Bytes = bytes;
        ArtifactType = reader.ArtifactType;
        Annotations = reader.Annotations;
        Subject = One(DescriptorRole.Subject);
        Config = One(DescriptorRole.Config);
        Layers = Many(DescriptorRole.Layer);
        Manifests = Many(DescriptorRole.Manifest);
        Blobs = Many(DescriptorRole.Blob);
        ReferrerType = reader.ReferrerType;

        Descriptor? One(DescriptorRole role) => reader.Has(role) ? reader[role, 0].ToDescriptor(reader.Document) : null;

        IReadOnlyList<Descriptor> Many(DescriptorRole role)
        {
            var count = reader.CountOf(role);
            if (count == 0) return Array.Empty<Descriptor>();
            var descriptors = new List<Descriptor>(count);
            for (var i = 0; i < count; i++) descriptors.Add(reader[role, i].ToDescriptor(reader.Document));
            return descriptors;
        }
    }

    internal ManifestKind Kind { get; }

    /// <summary>The media type as which the document was read.</summary>
    public string MediaType => MediaTypes.Of(Kind);

    /// <summary>The stored bytes. Their digest is the digest of the manifest.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The bytes as text.</summary>
    public string Json => Bytes.Span.DecodeUtf8();

    /// <summary>The <c>artifactType</c> member.</summary>
    public string? ArtifactType { get; }

    /// <summary>The config of an image manifest.</summary>
    public Descriptor? Config { get; }

    /// <summary>The layers of an image manifest.</summary>
    public IReadOnlyList<Descriptor> Layers { get; }

    /// <summary>The manifests of an index.</summary>
    public IReadOnlyList<Descriptor> Manifests { get; }

    /// <summary>The blobs of an artifact manifest.</summary>
    public IReadOnlyList<Descriptor> Blobs { get; }

    /// <summary>
    /// The manifest that this manifest is attached to. Null for the Docker types: image-spec defines the member only for its own types.
    /// </summary>
    public Descriptor? Subject { get; }

    /// <summary>The annotations of the manifest itself.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; }

    /// <summary>The type that is listed for a referrer: the artifactType, or else the media type of an image manifest's config.</summary>
    internal string? ReferrerType { get; }

    /// <summary>The content that this manifest references, in the order of the members of its type.</summary>
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

    /// <summary>Parses a manifest as a media type.</summary>
    /// <param name="bytes">The document. It is kept, not copied.</param>
    /// <param name="mediaType">The media type, one of the five manifest types.</param>
    /// <param name="name">The name of the document for messages, usually its digest.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>,
    /// <see cref="OciErrorKind.UnsupportedMediaType"/>.</exception>
    public static Manifest Parse(ReadOnlyMemory<byte> bytes, string mediaType, string name = "the manifest") =>
        Parse(bytes, MediaTypes.KindOfManifest(Guard.NotNull(mediaType)), Guard.NotNull(name));

    internal static Manifest Parse(ReadOnlyMemory<byte> bytes, ManifestKind kind, string name) =>
        ManifestReader.Read(bytes, kind, name, reader => new Manifest(reader, bytes));

    /// <summary>
    /// Detects the media type of a document from its mediaType member or its shape. Returns null if it is not a manifest.
    /// </summary>
    internal static string? Sniff(ReadOnlyMemory<byte> bytes)
    {
        var start = 0;
        var span = Model.Json.WithoutByteOrderMark(bytes).Span;
        while (start < span.Length && span[start] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') start++;
        if (start == span.Length || span[start] != (byte)'{') return null;
        try
        {
            return SniffObject(span);
        }
        catch (Exception e) when (Model.Json.Problem(e) is not null)
        {
            return null;
        }
    }

    private static string? SniffObject(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes, Model.Json.ReaderOptions);
        reader.Read();
        string? own = null;
        bool config = false, layers = false, manifests = false, schema = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("mediaType"u8) && reader.Read() && reader.TokenType == JsonTokenType.String) own = DescriptorJson.ReadMediaType(ref reader, "mediaType");
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
}
