using System;
using System.Collections.Generic;
using System.Text.Json;

namespace OciLayout.Storage;

/// <summary>Edits the JSON of one entry of <c>index.json</c>; every member that is not named keeps its bytes.</summary>
internal static class EntryJson
{
    public static ReadOnlySpan<byte> RefName => "org.opencontainers.image.ref.name"u8;

    /// <summary>The entry with that tag, or with none. Annotations that become empty go.</summary>
    public static byte[] WithTag(ReadOnlyMemory<byte> entry, string? tag)
    {
        var members = Split(entry, "annotations"u8, out var annotations);
        var kept = annotations.IsEmpty ? [] : Split(annotations, RefName, out _);
        if (tag is not null) kept.Add(Concat("\"org.opencontainers.image.ref.name\":"u8, [OciLayout.Json.Write(w => w.WriteStringValue(tag))], ""u8));
        if (kept.Count > 0) members.Add(Concat("\"annotations\":{"u8, kept, "}"u8));
        return Concat("{"u8, members, "}"u8);
    }

    /// <summary>The members of an object as they are written, name and value, but the named one, whose value is taken out.</summary>
    private static List<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> json, ReadOnlySpan<byte> name, out ReadOnlyMemory<byte> value)
    {
        var result = new List<ReadOnlyMemory<byte>>();
        value = default;
        var reader = new Utf8JsonReader(json.Span, OciLayout.Json.ReaderOptions);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return result;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var start = (int)reader.TokenStartIndex;
            var named = reader.ValueTextEquals(name);
            reader.Read();
            var valueStart = (int)reader.TokenStartIndex;
            reader.Skip();
            var end = (int)reader.BytesConsumed;
            if (named) value = json.Slice(valueStart, end - valueStart);
            else result.Add(json.Slice(start, end - start));
        }

        return result;
    }

    private static byte[] Concat(ReadOnlySpan<byte> before, List<ReadOnlyMemory<byte>> parts, ReadOnlySpan<byte> after)
    {
        var length = before.Length + after.Length + Math.Max(0, parts.Count - 1);
        foreach (var part in parts) length += part.Length;
        var result = new byte[length];
        before.CopyTo(result);
        var at = before.Length;
        for (var i = 0; i < parts.Count; i++)
        {
            if (i > 0) result[at++] = (byte)',';
            parts[i].Span.CopyTo(result.AsSpan(at));
            at += parts[i].Length;
        }

        after.CopyTo(result.AsSpan(at));
        return result;
    }
}
