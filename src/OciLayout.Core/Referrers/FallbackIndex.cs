using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using OciLayout.Index;
using OciLayout.Model;

namespace OciLayout.Referrers;

/// <summary>
/// Reads and edits fallback indexes: lists of referrers under a tag made from the subject's digest (distribution-spec, "Referrers Tag
/// Schema").
/// </summary>
internal static class FallbackIndex
{
    /// <summary>
    /// Returns whether an entry allows its content to be a fallback index. <see cref="TagsOf"/> also considers the other entries of the
    /// content.
    /// </summary>
    public static bool MayBe(IndexEntry entry) =>
        entry.Tag is not null && !entry.Digest.IsEmpty && entry.MediaType == MediaTypes.ImageIndex && FallbackTag.Is(entry.Tag);

    /// <summary>
    /// Returns the fallback indexes among the entries, with their tags. A fallback index is an image index whose only name is the fallback
    /// tag of one subject other than itself. The tag is null for content that is not a fallback index because of its other entries or
    /// names.
    /// </summary>
    public static Dictionary<DigestValue, string?> TagsOf(IReadOnlyList<IndexEntry> entries)
    {
        var tags = new Dictionary<DigestValue, string?>();
        foreach (var entry in entries)
        {
            if (MayBe(entry) && !tags.ContainsKey(entry.Digest.Value)) tags.Add(entry.Digest.Value, entry.Tag == FallbackTag.Of(entry.Digest) ? null : entry.Tag);
        }

        foreach (var entry in tags.Count == 0 ? [] : entries)
        {
            if (entry.Digest.IsEmpty || !tags.TryGetValue(entry.Digest.Value, out var tag)) continue;
            if (entry.MediaType != MediaTypes.ImageIndex || entry.ImageName is not null || (entry.Tag is not null && entry.Tag != tag)) tags[entry.Digest.Value] = null;
        }

        return tags;
    }

    /// <summary>Returns the list without some members. All other bytes stay as they are.</summary>
    public static byte[] Without(ReadOnlyMemory<byte> document, Func<Digest, bool> isRemoved)
    {
        var reader = new Utf8JsonReader(document.Span, Json.ReaderOptions);
        using var result = new MemoryStream();
        var from = 0;
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isManifests = reader.ValueTextEquals("manifests"u8);
            reader.Read();
            if (!isManifests || reader.TokenType != JsonTokenType.StartArray)
            {
                reader.Skip();
                continue;
            }

            Write(result, document, from, from = (int)reader.BytesConsumed);
            var remaining = new List<ReadOnlyMemory<byte>>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var member = DescriptorJson.Read(ref reader, document, "manifests");
                if (!isRemoved(member.Digest)) remaining.Add(member.Json);
                from = (int)reader.BytesConsumed;
            }

            for (var i = 0; i < remaining.Count; i++)
            {
                if (i > 0) result.WriteByte((byte)',');
                Write(result, remaining[i], 0, remaining[i].Length);
            }
        }

        Write(result, document, from, document.Length);
        return result.ToArray();
    }

    /// <summary>Returns the list with members appended. All other bytes stay as they are.</summary>
    public static byte[] With(ReadOnlyMemory<byte> document, IReadOnlyList<Descriptor> members)
    {
        var reader = new Utf8JsonReader(document.Span, Json.ReaderOptions);
        reader.Read();
        while (reader.Read() && !reader.ValueTextEquals("manifests"u8))
        {
            reader.Read();
            reader.Skip();
        }

        reader.Read();
        var isEmpty = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            isEmpty = false;
            reader.Skip();
        }

        using var result = new MemoryStream();
        var end = (int)reader.TokenStartIndex;
        Write(result, document, 0, end);
        foreach (var member in members)
        {
            if (!isEmpty) result.WriteByte((byte)',');
            isEmpty = false;
            var json = member.Json.IsEmpty ? DescriptorJson.Write(member) : member.Json;
            Write(result, json, 0, json.Length);
        }

        Write(result, document, end, document.Length);
        return result.ToArray();
    }

    private static void Write(MemoryStream result, ReadOnlyMemory<byte> bytes, int from, int to)
    {
        var part = bytes.Slice(from, to - from).ToArray();
        result.Write(part, 0, part.Length);
    }
}
