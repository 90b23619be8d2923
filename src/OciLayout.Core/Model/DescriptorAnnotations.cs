using System;
using System.Text.Json;

namespace OciLayout.Model;

/// <summary>Edits annotations in the JSON of a descriptor, such as an entry of <c>index.json</c>. All other members keep their bytes.</summary>
internal static class DescriptorAnnotations
{
    public static ReadOnlySpan<byte> RefName => "org.opencontainers.image.ref.name"u8;

    public static ReadOnlySpan<byte> ImageName => "io.containerd.image.name"u8;

    /// <summary>Returns the entry with a tag, or without one. Annotations that become empty are removed.</summary>
    public static byte[] WithTag(ReadOnlyMemory<byte> entry, string? tag) => WithAnnotation(entry, RefName, tag);

    /// <summary>Returns the entry with an image name for containerd, or without one.</summary>
    public static byte[] WithImageName(ReadOnlyMemory<byte> entry, string? name) => WithAnnotation(entry, ImageName, name);

    /// <summary>Returns the descriptor with an image name for containerd, or without one.</summary>
    public static Descriptor WithImageName(Descriptor descriptor, string? name) => DescriptorJson.Parse(WithImageName(JsonOf(descriptor), name), "manifests");

    /// <summary>Returns the descriptor without the annotation that holds a tag, for a use under another tag or none.</summary>
    public static Descriptor WithoutTag(Descriptor descriptor) =>
        descriptor.Annotations.ContainsKey(AnnotationKeys.RefName) ? DescriptorJson.Parse(WithTag(JsonOf(descriptor), null), "manifests") : descriptor;

    private static ReadOnlyMemory<byte> JsonOf(Descriptor descriptor) => descriptor.Json.IsEmpty ? DescriptorJson.Write(descriptor) : descriptor.Json;

    private static byte[] WithAnnotation(ReadOnlyMemory<byte> entry, ReadOnlySpan<byte> key, string? value)
    {
        var open = "\"annotations\":{"u8;
        var text = value is null ? default : Quote(value).AsSpan();

        // Space for quotes, a colon, and two pairs of braces or commas.
        var result = new byte[entry.Length + open.Length + key.Length + text.Length + 8];
        result[0] = (byte)'{';
        var to = CopyMembers(entry.Span, "annotations"u8, result, 1, out var annotations);
        var members = to;
        Put(result, ref to, ","u8, when: to > 1);
        Put(result, ref to, open);
        var inside = to;
        if (!annotations.IsEmpty) to = CopyMembers(annotations, key, result, to, out _);
        if (value is not null)
        {
            Put(result, ref to, ",\""u8.Slice(to > inside ? 0 : 1));
            Put(result, ref to, key);
            Put(result, ref to, "\":"u8);
            Put(result, ref to, text);
        }

        if (to > inside) Put(result, ref to, "}"u8);
        else to = members;
        Put(result, ref to, "}"u8);
        return result.AsSpan(0, to).ToArray();
    }

    /// <summary>
    /// Copies the names and values of the members of an object unchanged, except for one member, whose value is returned.
    /// </summary>
    /// <returns>The end of the copied members in the target.</returns>
    private static int CopyMembers(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name, byte[] target, int at, out ReadOnlySpan<byte> value)
    {
        value = default;
        var to = at;
        var reader = new Utf8JsonReader(json, Json.ReaderOptions);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return to;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var start = (int)reader.TokenStartIndex;
            var named = Json.Says(ref reader, name);
            reader.Read();
            var valueStart = (int)reader.TokenStartIndex;
            reader.Skip();
            var end = (int)reader.BytesConsumed;
            if (named)
            {
                value = json.Slice(valueStart, end - valueStart);
                continue;
            }

            Put(target, ref to, ","u8, when: to > at);
            Put(target, ref to, json.Slice(start, end - start));
        }

        return to;
    }

    private static void Put(byte[] target, ref int to, ReadOnlySpan<byte> bytes, bool when = true)
    {
        if (!when) return;
        bytes.CopyTo(target.AsSpan(to));
        to += bytes.Length;
    }

    // Nearly all tags are printable ASCII. The JSON writer escapes the others.
    private static byte[] Quote(string tag)
    {
        var result = new byte[tag.Length + 2];
        for (var i = 0; i < tag.Length; i++)
        {
            if (tag[i] is < ' ' or > '~' or '"' or '\\') return Escape(tag);
            result[i + 1] = (byte)tag[i];
        }

        result[0] = result[tag.Length + 1] = (byte)'"';
        return result;
    }

    private static byte[] Escape(string tag) => Json.Write(w => w.WriteStringValue(tag));
}
