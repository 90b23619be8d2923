using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using OciLayout.Storage;

namespace OciLayout.Graph;

/// <summary>The list of referrers that clients keep under a tag made of the subject's digest (distribution-spec, "Referrers Tag Schema").</summary>
internal static class FallbackIndex
{
    /// <summary>Whether an entry alone allows content to be such a list; the other entries of the content decide with it.</summary>
    public static bool MayBe(IndexEntry entry) =>
        entry.Tag is not null && !entry.Digest.IsEmpty && entry.MediaType == MediaTypes.ImageIndex && Reference.IsFallbackTag(entry.Tag);

    /// <summary>
    /// The lists among some entries with their tags: the image indexes whose only name is the fallback tag of one subject other than itself.
    /// Anything else is ordinary content, whatever its tags look like, and has no tag here.
    /// </summary>
    public static Table<Digest, string?> TagsOf(IReadOnlyList<IndexEntry> entries)
    {
        var tags = new Table<Digest, string?>();
        foreach (var entry in entries)
        {
            if (MayBe(entry)) tags.TryAdd(entry.Digest, entry.Tag == Reference.FallbackTag(entry.Digest) ? null : entry.Tag);
        }

        foreach (var entry in tags.Count == 0 ? [] : entries)
        {
            if (entry.Digest.IsEmpty || tags.PlaceOf(entry.Digest) is not (>= 0 and var place)) continue;
            if (entry.MediaType != MediaTypes.ImageIndex || entry.ImageName is not null || (entry.Tag is not null && entry.Tag != tags.At(place))) tags.At(place) = null;
        }

        return tags;
    }

    /// <summary>The list without some members; every other byte of it stays.</summary>
    public static byte[] Without(ReadOnlyMemory<byte> document, Func<Digest, bool> goes)
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
            var kept = new List<ReadOnlyMemory<byte>>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var member = DescriptorJson.Read(ref reader, document, "manifests");
                if (!goes(member.Digest)) kept.Add(member.Json);
                from = (int)reader.BytesConsumed;
            }

            for (var i = 0; i < kept.Count; i++)
            {
                if (i > 0) result.WriteByte((byte)',');
                Write(result, kept[i], 0, kept[i].Length);
            }
        }

        Write(result, document, from, document.Length);
        return result.ToArray();
    }

    /// <summary>The list with more members at its end; every other byte of it stays.</summary>
    public static byte[] With(ReadOnlyMemory<byte> document, IReadOnlyList<Descriptor> more)
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
        foreach (var member in more)
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
