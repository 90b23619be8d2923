using System;
using System.Collections.Generic;
using System.Text.Json;
using OciLayout.Model;

namespace OciLayout.Index;

/// <summary>
/// An entry of <c>index.json</c>: the fields that every operation needs, and the bytes of the entry including leading white space. A plain
/// entry keeps only the fields, because <see cref="CanonicalEntries"/> can reproduce its bytes. The other members of an entry are parsed on
/// demand.
/// </summary>
internal sealed class IndexEntry
{
    private readonly Rest? _rest;

    private IndexEntry(Rest? rest) => _rest = rest;

    /// <summary>The bytes of the entry, including the white space before it.</summary>
    public ReadOnlyMemory<byte> Raw => _rest?.Raw ?? CanonicalEntries.ToBytes(this);

    /// <summary>The length of the white space before the entry, in bytes.</summary>
    public int Leading => _rest?.Leading ?? 0;

    /// <summary>The JSON value without the white space before it.</summary>
    public ReadOnlyMemory<byte> Json => Raw.Slice(Leading);

    /// <summary>Whether the entry has only media type, digest, size and tag, written as <see cref="CanonicalEntries"/> writes them.</summary>
    public bool IsPlain => _rest is null;

    /// <summary>The digest; empty if it is malformed.</summary>
    public Digest Digest { get; private set; }

    public string MediaType { get; private set; } = "";

    /// <summary>The size in bytes; negative if it is missing or malformed.</summary>
    public long Size { get; private set; } = -1;

    /// <summary>The tag; null if there is none.</summary>
    public string? Tag { get; private set; }

    /// <summary>The tag, or else the image name that containerd writes; null if there is neither.</summary>
    public string? Name => Tag ?? _rest?.ImageName;

    /// <summary>Whether the entry has a name, even an unreadable one. A named entry is a root of garbage collection.</summary>
    public bool IsNamed => Name is not null || _rest is { HasUnreadableName: true };

    /// <summary>
    /// The image name that containerd writes; null if there is none. In an entry with a tag, it is deleted and moved with the tag.
    /// </summary>
    public string? ImageName => _rest?.ImageName;

    /// <summary>Whether the tag is the entry's own digest. It does not count as a tag.</summary>
    public bool NamesItself => Tag is not null && Digest.Says(Tag);

    /// <summary>The problem of a malformed entry; null if there is none.</summary>
    public string? Problem => _rest?.Problem;

    /// <summary>Reads the entry at the reader. A malformed entry is kept, with its problem.</summary>
    public static IndexEntry Read(ref Utf8JsonReader reader, ReadOnlyMemory<byte> document)
    {
        var start = (int)reader.TokenStartIndex;
        var bytes = document.Span;
        var before = start;
        while (before > 0 && bytes[before - 1] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') before--;
        var rest = new Rest { Leading = start - before };
        var result = new IndexEntry(rest);
        if (reader.TokenType == JsonTokenType.StartObject) result.ReadFields(ref reader, rest);
        else rest.Problem = "it is not a JSON object";
        reader.Skip();
        rest.Raw = document.Slice(before, (int)reader.BytesConsumed - before);
        if (rest.Problem is null && result.Digest.IsEmpty) rest.Problem = "it has no digest";
        if (rest.Problem is null && result.Size < 0) rest.Problem = "it has no valid size";
        return result;
    }

    /// <summary>Creates an entry that has only media type, digest, size, and possibly a tag.</summary>
    public static IndexEntry Plain(string mediaType, Digest digest, long size, string? tag) =>
        new(null) { MediaType = mediaType, Digest = digest, Size = size, Tag = tag };

    /// <summary>Creates an entry from JSON that OciLayout wrote.</summary>
    public static IndexEntry Create(byte[] json)
    {
        if (CanonicalEntries.TryRead(json, out var length) is { } entry && length == json.Length) return entry;
        var reader = new Utf8JsonReader(json, Model.Json.ReaderOptions);
        reader.Read();
        return Read(ref reader, json);
    }

    /// <summary>The content of the entry.</summary>
    public NodeKey Key => new(Digest, MediaTypes.KindOf(MediaType, DescriptorRole.Root));

    /// <summary>Returns whether another entry has the same bytes.</summary>
    public bool IsSame(IndexEntry other)
    {
        if (ReferenceEquals(this, other)) return true;
        if (!IsPlain || !other.IsPlain) return Raw.Span.SequenceEqual(other.Raw.Span);
        return Digest == other.Digest && Size == other.Size && MediaType == other.MediaType && Tag == other.Tag;
    }

    /// <summary>Returns the descriptor without the annotation that holds the tag.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidIndex"/>, <see cref="OciErrorKind.InvalidDigest"/>: the entry is
    /// malformed.</exception>
    public Descriptor ToDescriptor()
    {
        if (Problem is not null) throw Malformed();
        if (_rest is null) return new Descriptor(MediaType, Digest, Size); // a plain entry has no other members
        try
        {
            var json = _rest.HasRefName ? DescriptorAnnotations.WithTag(Json, null) : Json;
            return DescriptorJson.Parse(json, "manifests");
        }
        catch (JsonException e)
        {
            _rest.Problem = e.Message.TrimEnd('.');
            throw Malformed();
        }
    }

    /// <summary>Returns the stored descriptor, including the annotation that holds the tag.</summary>
    /// <exception cref="OciException">The errors of <see cref="ToDescriptor"/>.</exception>
    public Descriptor ToStoredDescriptor()
    {
        var descriptor = ToDescriptor();
        if (Tag is null) return descriptor;
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [AnnotationKeys.RefName] = Tag };
        foreach (var annotation in descriptor.Annotations) annotations[annotation.Key] = annotation.Value;
        return descriptor.With(annotations, Json);
    }

    /// <summary>
    /// Returns the readable part of the descriptor. For callers that need only the digest, for which a malformed member is not an error.
    /// </summary>
    public Descriptor Describe()
    {
        try
        {
            return ToDescriptor();
        }
        catch (OciException) when (!Digest.IsEmpty)
        {
            return new Descriptor(MediaType, Digest, Math.Max(0, Size));
        }
    }

    /// <summary>Returns the error for this malformed entry.</summary>
    public OciException Malformed() => Errors.EntryMalformed(Tag, Digest, Problem ?? "");

    private void ReadFields(ref Utf8JsonReader reader, Rest rest)
    {
        var depth = reader.CurrentDepth;
        while (reader.Read() && !(reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == depth))
        {
            if (Model.Json.Says(ref reader, "mediaType"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String && ReadMediaType(ref reader) is { } mediaType) MediaType = mediaType;
                else rest.Problem = "its mediaType is not a valid string";
            }
            else if (Model.Json.Says(ref reader, "digest"u8))
            {
                reader.Read();
                rest.Problem = ReadDigest(ref reader) ?? rest.Problem;
            }
            else if (Model.Json.Says(ref reader, "size"u8))
            {
                reader.Read();
                Size = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var size) ? size : -1;
                if (Size < 0) rest.Problem = "its size is not a valid number of bytes";
            }
            else if (Model.Json.Says(ref reader, "annotations"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) ReadNames(ref reader, rest);
            }
            else
            {
                reader.Read();
            }

            reader.Skip();
        }
    }

    private static string? ReadMediaType(ref Utf8JsonReader reader)
    {
        try
        {
            return DescriptorJson.ReadMediaType(ref reader, "mediaType");
        }
        catch (InvalidOperationException)
        {
            return null; // not valid Unicode
        }
    }

    private string? ReadDigest(ref Utf8JsonReader reader)
    {
        var text = reader.TokenType == JsonTokenType.String ? Model.Json.TextOrNull(ref reader) : null;
        Digest = Digest.TryParse(text, out var digest) ? digest : default;
        return !Digest.IsEmpty ? null : text is null ? "its digest is not a valid string" : $"its digest is '{Digest.Shorten(text)}'";
    }

    private void ReadNames(ref Utf8JsonReader reader, Rest rest)
    {
        (Tag, rest.ImageName) = (null, null);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isTag = Model.Json.Says(ref reader, DescriptorAnnotations.RefName);
            rest.HasRefName |= isTag;
            var isName = isTag || Model.Json.Says(ref reader, DescriptorAnnotations.ImageName);
            reader.Read();
            if (isName && reader.TokenType == JsonTokenType.String)
            {
                var text = Model.Json.TextOrNull(ref reader);
                if (text is null) (rest.Problem, rest.HasUnreadableName) = ("its name is not valid Unicode text", true);
                else if (isTag) Tag = text.Length > 0 ? text : null;
                else rest.ImageName = text.Length > 0 ? text : null;
            }

            reader.Skip();
        }
    }

    /// <summary>The parts of an entry that a plain entry does not have.</summary>
    private sealed class Rest
    {
        public ReadOnlyMemory<byte> Raw;
        public int Leading;
        public string? ImageName;
        public bool HasUnreadableName;
        public bool HasRefName;
        public string? Problem;
    }
}
