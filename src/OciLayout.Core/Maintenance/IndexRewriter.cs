using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using OciLayout.Index;
using OciLayout.Model;

namespace OciLayout.Maintenance;

/// <summary>Rewrites a readable <c>index.json</c> to match its schema. Valid entries keep their bytes.</summary>
internal static class IndexRewriter
{
    /// <summary>Returns the new index.</summary>
    /// <param name="old">The bytes of the current file.</param>
    /// <param name="sizeOf">The function that returns the size of content that is stored and verified; null for other content.</param>
    /// <param name="typeOf">The function that returns the media type of stored content that is a manifest; null for other content.</param>
    /// <param name="drops">The digests whose entries are dropped.</param>
    /// <exception cref="JsonException">The file is not an image index.</exception>
    public static byte[] Rewrite(byte[] old, Func<Digest, long?> sizeOf, Func<Digest, string?> typeOf, ICollection<Digest> drops)
    {
        var entries = IndexTable.Parse(old).Entries.Where(e => !drops.Contains(e.Digest)).Select(e => IsSound(e) ? e : Repaired(e, sizeOf, typeOf)).OfType<IndexEntry>().ToList();
        var last = entries.Where(e => e.Tag is not null).GroupBy(e => e.Tag!, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last(), StringComparer.Ordinal);
        var written = new HashSet<string>(StringComparer.Ordinal);
        return Model.Json.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("schemaVersion"u8, 2);
            writer.WriteString("mediaType"u8, MediaTypes.ImageIndex);
            WriteOthers(writer, Model.Json.WithoutByteOrderMark(old));
            writer.WriteStartArray("manifests"u8);
            foreach (var entry in entries)
            {
                var isShadowed = entry.Tag is not null && !ReferenceEquals(last[entry.Tag], entry);
                var json = isShadowed ? DescriptorAnnotations.WithTag(entry.Json, null) : entry.Json.ToArray();
                if (sizeOf(entry.Digest) is { } size && size != entry.Size) json = WithSize(json, size);
                if (!isShadowed || written.Add(entry.Digest.ToString())) writer.WriteRawValue(json, skipInputValidation: true);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    // A malformed entry still lists content, and its tag. Without the content it says nothing; the old file, which is kept, still has it.
    private static IndexEntry? Repaired(IndexEntry entry, Func<Digest, long?> sizeOf, Func<Digest, string?> typeOf)
    {
        if (entry.Digest.IsEmpty || sizeOf(entry.Digest) is not { } size) return null;
        var mediaType = entry.MediaType.Length > 0 ? entry.MediaType : typeOf(entry.Digest) ?? MediaTypes.OctetStream;
        var json = DescriptorJson.Write(new Descriptor(mediaType, entry.Digest, size));
        if (entry.ImageName is { } name) json = DescriptorAnnotations.WithImageName(json, name);
        return IndexEntry.Create(entry.Tag is { } tag ? DescriptorAnnotations.WithTag(json, tag) : json);
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
            return false;
        }
    }

    // The last of several members with the same name counts.
    private static void WriteOthers(Utf8JsonWriter writer, ReadOnlyMemory<byte> old)
    {
        foreach (var member in JsonMember.Of(old).GroupBy(m => m.Name, StringComparer.Ordinal).Select(g => g.Last()))
        {
            if (member.Name is "schemaVersion" or "mediaType" or "manifests") continue;
            if (member.Name == "annotations" && member.Value.Span[0] != (byte)'{') continue;
            member.WriteTo(writer);
        }
    }

    private static byte[] WithSize(byte[] json, long size) => Model.Json.Write(writer =>
    {
        writer.WriteStartObject();
        foreach (var member in JsonMember.Of(json))
        {
            if (member.Name == "size") writer.WriteNumber("size"u8, size);
            else member.WriteTo(writer);
        }

        writer.WriteEndObject();
    });
}
