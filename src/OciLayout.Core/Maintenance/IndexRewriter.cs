using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using OciLayout.Storage;

namespace OciLayout.Maintenance;

/// <summary>Rewrites a readable <c>index.json</c> to match its schema. Valid entries keep their bytes.</summary>
internal static class IndexRewriter
{
    /// <summary>Returns the new index.</summary>
    /// <param name="old">The bytes of the current file.</param>
    /// <param name="sizeOf">The function that returns the size of content that is stored and verified; null for other content.</param>
    /// <param name="drops">The digests whose entries are dropped.</param>
    /// <exception cref="JsonException">The file is not an image index.</exception>
    public static byte[] Rewrite(byte[] old, Func<Digest, long?> sizeOf, ICollection<Digest> drops)
    {
        var entries = IndexTable.Parse(old).Entries.Where(IsSound).Where(e => !drops.Contains(e.Digest)).ToList();
        var last = entries.Where(e => e.Tag is not null).GroupBy(e => e.Tag!, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last(), StringComparer.Ordinal);
        var written = new HashSet<string>(StringComparer.Ordinal);
        return OciLayout.Json.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("schemaVersion"u8, 2);
            writer.WriteString("mediaType"u8, MediaTypes.ImageIndex);
            WriteOthers(writer, OciLayout.Json.WithoutByteOrderMark(old));
            writer.WriteStartArray("manifests"u8);
            foreach (var entry in entries)
            {
                var isShadowed = entry.Tag is not null && !ReferenceEquals(last[entry.Tag], entry);
                var json = isShadowed ? EntryJson.WithTag(entry.Json, null) : entry.Json.ToArray();
                if (sizeOf(entry.Digest) is { } size && size != entry.Size) json = WithSize(json, size);
                if (!isShadowed || written.Add(entry.Digest.ToString())) writer.WriteRawValue(json, skipInputValidation: true);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private static bool IsSound(IndexEntry entry)
    {
        try
        {
            _ = entry.ToDescriptor();
            return true;
        }
        catch (OciException)
        {
            return false; // the quarantine keeps the old file with this entry
        }
    }

    // The last of several members with the same name counts.
    private static void WriteOthers(Utf8JsonWriter writer, ReadOnlyMemory<byte> old)
    {
        foreach (var member in RawMember.Of(old).GroupBy(m => m.Name, StringComparer.Ordinal).Select(g => g.Last()))
        {
            if (member.Name is "schemaVersion" or "mediaType" or "manifests") continue;
            if (member.Name == "annotations" && member.Value.Span[0] != (byte)'{') continue;
            member.WriteTo(writer);
        }
    }

    private static byte[] WithSize(byte[] json, long size) => OciLayout.Json.Write(writer =>
    {
        writer.WriteStartObject();
        foreach (var member in RawMember.Of(json))
        {
            if (member.Name == "size") writer.WriteNumber("size"u8, size);
            else member.WriteTo(writer);
        }

        writer.WriteEndObject();
    });
}
