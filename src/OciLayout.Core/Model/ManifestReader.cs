using System;
using System.Collections.Generic;
using System.Text.Json;

namespace OciLayout.Model;

/// <summary>
/// Reads and checks a manifest or index of any of the five types, and holds its members for the caller. Each thread reuses one instance,
/// because a store reads many manifests.
/// </summary>
internal sealed class ManifestReader
{
    private const int Roles = (int)DescriptorRole.Blob + 1;
    private const int LargestSpare = 256;

    [ThreadStatic]
    private static ManifestReader? s_spare;

    private readonly int[] _ends = new int[Roles];
    private readonly int[] _starts = new int[Roles];
    private DescriptorFields[] _targets = new DescriptorFields[8];

    private ManifestReader()
    {
    }

    public ManifestKind Kind { get; private set; }

    /// <summary>The document, without a byte order mark.</summary>
    public ReadOnlyMemory<byte> Document { get; private set; }

    /// <summary>The number of descriptors in the document.</summary>
    public int Count { get; private set; }

    public string? ArtifactType { get; private set; }

    public IReadOnlyDictionary<string, string> Annotations { get; private set; } = Descriptor.NoAnnotations;

    /// <summary>The type that is listed for a referrer: the artifactType, or else the media type of an image manifest's config.</summary>
    public string? ReferrerType =>
        !string.IsNullOrEmpty(ArtifactType) ? ArtifactType : Kind == ManifestKind.Image && Has(DescriptorRole.Config) ? this[DescriptorRole.Config, 0].MediaType : null;

    /// <summary>Returns a descriptor of a member.</summary>
    public ref readonly DescriptorFields this[DescriptorRole role, int number] => ref _targets[_starts[(int)role] + number];

    /// <summary>Returns the number of descriptors of a member.</summary>
    public int CountOf(DescriptorRole role) => _ends[(int)role] - _starts[(int)role];

    public bool Has(DescriptorRole role) => CountOf(role) > 0;

    /// <summary>Reads a document.</summary>
    /// <param name="bytes">The document.</param>
    /// <param name="kind">The type as which it is read.</param>
    /// <param name="name">The name of the document for messages, usually its digest.</param>
    /// <param name="make">The function that creates the result. It must not keep the reader, which is reused.</param>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidManifest"/>.</exception>
    public static T Read<TName, T>(ReadOnlyMemory<byte> bytes, ManifestKind kind, TName name, Func<ManifestReader, T> make)
        where TName : notnull
    {
        var reader = s_spare ?? new ManifestReader();
        s_spare = null;
        try
        {
            reader.Read(bytes, kind);
            return make(reader);
        }
        catch (Exception e) when (Json.Problem(e) is { } problem)
        {
            throw ContentErrors.ManifestMalformed(name.ToString() ?? "", MediaTypes.Of(kind), problem);
        }
        finally
        {
            reader.Clear();
            s_spare = reader;
        }
    }

    private void Read(ReadOnlyMemory<byte> bytes, ManifestKind kind)
    {
        Kind = kind;
        Document = Json.WithoutByteOrderMark(bytes);
        var reader = new Utf8JsonReader(Document.Span, Json.ReaderOptions);
        if (Document.IsEmpty || !reader.Read()) throw new JsonException("it is empty");
        Json.Expect(ref reader, JsonTokenType.StartObject, "the document", "an object");
        var seen = Member.None;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var member = MemberOf(ref reader);
            if (member != Member.None && (seen & member) != 0)
                throw new JsonException($"it has the member '{reader.GetString()}' twice");
            seen |= member;
            reader.Read();
            Take(member, ref reader);
        }

        if (reader.Read()) throw new JsonException($"data follows the document (at byte {reader.TokenStartIndex})");
        CheckShape();
    }

    private void Take(Member member, ref Utf8JsonReader reader)
    {
        switch (member)
        {
            case Member.MediaType:
                var own = DescriptorJson.ReadMediaType(ref reader, "mediaType");
                if (!string.IsNullOrEmpty(own) && own != MediaTypes.Of(Kind))
                    throw new JsonException($"its own mediaType is '{Digest.Shorten(own)}'");
                break;
            case Member.ArtifactType:
                ArtifactType = DescriptorJson.ReadMediaType(ref reader, "artifactType");
                break;
            case Member.Annotations:
                Annotations = Json.ReadAnnotations(ref reader);
                break;
            case Member.Config:
                ReadOne(ref reader, DescriptorRole.Config, "config");
                break;
            case Member.Subject when Kind is not (ManifestKind.DockerImage or ManifestKind.DockerList): // image-spec: not for Docker types
                ReadOne(ref reader, DescriptorRole.Subject, "subject");
                break;
            case Member.Layers:
                ReadMany(ref reader, DescriptorRole.Layer, "layers");
                break;
            case Member.Manifests:
                ReadMany(ref reader, DescriptorRole.Manifest, "manifests");
                break;
            case Member.Blobs when Kind == ManifestKind.Artifact:
                ReadMany(ref reader, DescriptorRole.Blob, "blobs");
                break;
            default:
                reader.Skip();
                break;
        }
    }

    // If one tool reads a document as an image and another as an index, content is hidden from one of them (image-spec security advisory
    // GHSA-77vh-xpmg-72qh). containerd refuses such documents, too.
    private void CheckShape()
    {
        var image = Has(DescriptorRole.Config) || Has(DescriptorRole.Layer);
        var index = Has(DescriptorRole.Manifest);
        if (image && index) throw new JsonException("it has 'manifests' and also 'config' or 'layers'");
        if (index && Kind is not (ManifestKind.Index or ManifestKind.DockerList)) throw new JsonException("it has 'manifests', which is allowed in an index only");
        if (image && Kind is (ManifestKind.Index or ManifestKind.DockerList)) throw new JsonException("it has 'config' or 'layers', which are not allowed in an index");
        if (Kind == ManifestKind.Artifact && image) throw new JsonException("it has 'config' or 'layers', which are not allowed in an artifact manifest");
    }

    private void ReadOne(ref Utf8JsonReader reader, DescriptorRole role, string member)
    {
        if (reader.TokenType == JsonTokenType.Null) return;
        _starts[(int)role] = Count;
        Add(ref reader, member);
        _ends[(int)role] = Count;
    }

    private void ReadMany(ref Utf8JsonReader reader, DescriptorRole role, string member)
    {
        if (reader.TokenType == JsonTokenType.Null) return;
        Json.Expect(ref reader, JsonTokenType.StartArray, member, "an array");
        _starts[(int)role] = Count;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) Add(ref reader, member);
        _ends[(int)role] = Count;
    }

    private void Add(ref Utf8JsonReader reader, string member)
    {
        if (Count == _targets.Length) Array.Resize(ref _targets, 2 * Count);
        DescriptorJson.Read(ref reader, member, out _targets[Count]);
        Count++;
    }

    private void Clear()
    {
        if (_targets.Length > LargestSpare) _targets = new DescriptorFields[8];
        else Array.Clear(_targets, 0, Math.Min(Count + 1, _targets.Length)); // the last one may be incomplete
        Array.Clear(_starts, 0, Roles);
        Array.Clear(_ends, 0, Roles);
        Count = 0;
        Document = default;
        ArtifactType = null;
        Annotations = Descriptor.NoAnnotations;
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
