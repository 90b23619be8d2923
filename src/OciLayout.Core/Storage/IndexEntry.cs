using System;
using System.Text;
using System.Text.Json;

namespace OciLayout.Storage;

/// <summary>
/// An entry of <c>index.json</c>: its bytes as they are in the file, leading blanks included, and the few fields that every operation
/// needs. The rest is parsed when somebody asks.
/// </summary>
internal sealed class IndexEntry
{
    private ReadOnlyMemory<byte> _digestText;
    private Digest _digest;
    private volatile bool _hasDigest;
    private bool _isPlain;
    private string? _imageName;

    private IndexEntry()
    {
    }

    /// <summary>The bytes with the blanks before them.</summary>
    public ReadOnlyMemory<byte> Raw { get; private set; }

    /// <summary>How many blanks those are.</summary>
    public int Leading { get; private set; }

    /// <summary>The JSON value alone.</summary>
    public ReadOnlyMemory<byte> Json => Raw.Slice(Leading);

    /// <summary>The digest; empty when it is malformed. Made of its text when it is first asked for: in lists of tags it rarely is.</summary>
    public Digest Digest
    {
        get
        {
            if (!_hasDigest && HasDigest)
            {
                // Several threads may do so at once; all of them write the same.
                _digest = Digest.TryParsePlain(_digestText.Span, out Digest plain) ? plain : Digest.Parse(_digestText.Span.DecodeUtf8());
                _hasDigest = true;
            }

            return _digest;
        }
    }

    /// <summary>Whether it has a digest that is one.</summary>
    public bool HasDigest => !_digestText.IsEmpty;

    /// <summary>The text of the digest; empty when it is malformed.</summary>
    public ReadOnlySpan<byte> DigestText => _digestText.Span;

    public string MediaType { get; private set; } = "";

    /// <summary>The size; negative when the entry has none that could be one.</summary>
    public long Size { get; private set; } = -1;

    /// <summary>The tag; null when the entry has none.</summary>
    public string? Tag { get; private set; }

    /// <summary>The tag, or else the image name that containerd writes; null when it has neither.</summary>
    public string? Name => Tag ?? _imageName;

    /// <summary>Whether it has a name: then it is a root of garbage collection.</summary>
    public bool IsNamed => Name is not null;

    /// <summary>Whether it has that image name of containerd, beside a tag or alone; then it keeps a name when it loses its tag.</summary>
    public bool HasImageName => _imageName is not null;

    /// <summary>Whether its tag is its own digest, which is no tag to anybody.</summary>
    public bool NamesItself => Tag is not null && Storage.DigestText.Says(DigestText, Tag);

    /// <summary>What is wrong with the entry; null when nothing is.</summary>
    public string? Problem { get; private set; }

    /// <summary>Reads the entry that the reader stands on; a malformed one is kept and says what is wrong.</summary>
    public static IndexEntry Read(ref Utf8JsonReader reader, ReadOnlyMemory<byte> document)
    {
        var start = (int)reader.TokenStartIndex;
        var bytes = document.Span;
        var before = start;
        while (before > 0 && bytes[before - 1] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') before--;
        var result = new IndexEntry();
        if (reader.TokenType == JsonTokenType.StartObject) result.ReadFields(ref reader, document);
        else result.Problem = "it is no object";
        reader.Skip();
        result.Raw = document.Slice(before, (int)reader.BytesConsumed - before);
        result.Leading = start - before;
        if (result.Problem is null && !result.HasDigest) result.Problem = "it has no digest";
        if (result.Problem is null && result.Size < 0) result.Problem = "it has no valid size";
        return result;
    }

    /// <summary>An entry that has a type, a digest and a size, perhaps a tag, and nothing else.</summary>
    public static IndexEntry Plain(ReadOnlyMemory<byte> json, string mediaType, ReadOnlyMemory<byte> digest, long size, string? tag) =>
        new() { Raw = json, MediaType = mediaType, _digestText = digest, Size = size, Tag = tag, _isPlain = true };

    /// <summary>Makes an entry of JSON that was written here.</summary>
    public static IndexEntry Create(byte[] json)
    {
        if (PlainEntries.TryRead(json, 0, out var end) is { } entry && end == json.Length) return entry;
        var reader = new Utf8JsonReader(json, OciLayout.Json.ReaderOptions);
        reader.Read();
        return Read(ref reader, json);
    }

    /// <summary>The descriptor without the tag annotation.</summary>
    /// <exception cref="OciException"><see cref="OciErrorKind.InvalidIndex"/>, <see cref="OciErrorKind.InvalidDigest"/>: the entry is malformed.</exception>
    public Descriptor ToDescriptor()
    {
        if (Problem is not null) throw Malformed();
        if (_isPlain) return new Descriptor(MediaType, Digest, Size); // that is all it says
        try
        {
            var json = Tag is null ? Json : EntryJson.WithTag(Json, null);
            return OciLayout.Json.Guard(() =>
            {
                var reader = new Utf8JsonReader(json.Span, OciLayout.Json.ReaderOptions);
                reader.Read();
                return DescriptorJson.Read(ref reader, json, "manifests");
            });
        }
        catch (JsonException e)
        {
            Problem = e.Message.TrimEnd('.');
            throw Malformed();
        }
    }

    /// <summary>As much of the descriptor as can be read; for those who only name content, a field that is wrong is no reason to stop.</summary>
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

    /// <summary>The error that this entry is.</summary>
    public OciException Malformed()
    {
        var name = Tag is not null ? $"the entry of the tag '{Digest.Shorten(Tag)}'" : Digest.IsEmpty ? "an entry" : $"the entry of {Digest}";
        return new OciException(
            Digest.IsEmpty ? OciErrorKind.InvalidDigest : OciErrorKind.InvalidIndex,
            $"In index.json {name} is malformed: {Problem}. It is kept as it is.",
            Tag ?? Digest.ToString())
        {
            Expected = "a descriptor: mediaType, digest and size (image-spec, descriptor)",
            Actual = Problem,
        };
    }

    private void ReadFields(ref Utf8JsonReader reader, ReadOnlyMemory<byte> document)
    {
        var depth = reader.CurrentDepth;
        while (reader.Read() && !(reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == depth))
        {
            if (reader.ValueTextEquals("mediaType"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String) MediaType = DescriptorJson.ReadMediaType(ref reader, "mediaType")!;
                else Problem = "its mediaType is no string";
            }
            else if (reader.ValueTextEquals("digest"u8))
            {
                reader.Read();
                ReadDigest(ref reader, document);
            }
            else if (reader.ValueTextEquals("size"u8))
            {
                reader.Read();
                Size = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var size) ? size : -1;
                if (Size < 0) Problem = "its size is no number of bytes";
            }
            else if (reader.ValueTextEquals("annotations"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) ReadNames(ref reader);
            }
            else
            {
                reader.Read();
            }

            reader.Skip();
        }
    }

    private void ReadDigest(ref Utf8JsonReader reader, ReadOnlyMemory<byte> document)
    {
        (_digestText, _digest, _hasDigest) = (default, default, false);
        if (reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped && Digest.IsPlain(reader.ValueSpan))
        {
            _digestText = document.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
            return;
        }

        var text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        if (Digest.TryParse(text, out var digest)) (_digestText, _digest, _hasDigest) = (Encoding.UTF8.GetBytes(text!), digest, true);
        else Problem = text is null ? "its digest is no string" : $"its digest is '{Digest.Shorten(text)}'";
    }

    private void ReadNames(ref Utf8JsonReader reader)
    {
        (Tag, _imageName) = (null, null);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isTag = reader.ValueTextEquals(EntryJson.RefName);
            var isName = isTag || reader.ValueTextEquals("io.containerd.image.name"u8);
            reader.Read();
            if (isName && reader.TokenType == JsonTokenType.String && reader.GetString() is { Length: > 0 } text)
            {
                if (isTag) Tag = text;
                else _imageName = text;
            }

            reader.Skip();
        }
    }
}
