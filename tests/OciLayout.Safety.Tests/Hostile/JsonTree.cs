using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Text.Json;

namespace OciLayout.Safety.Hostile;

/// <summary>JSON as a tree that may say what no parser should accept: names twice, raw text where a value belongs.</summary>
internal sealed class JsonTree
{
    private const string Blanks = " \n\t\r";

    private JsonTree(char open) => Open = open;

    /// <summary>An opening brace or bracket; 0 for a scalar.</summary>
    public char Open { get; private set; }

    /// <summary>The members of an object or the items of an array, whose names are not used.</summary>
    public List<(byte[] Name, JsonTree Value)> Members { get; } = [];

    /// <summary>A scalar as it is written.</summary>
    public byte[] Text { get; private set; } = [];

    public static JsonTree Scalar(byte[] text) => new('\0') { Text = text };

    /// <summary>The tree of a document; null when it is none.</summary>
    public static JsonTree? Parse(byte[] json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 200 });
            return reader.Read() ? Read(ref reader) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonTree Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            byte[] text = reader.ValueSpan.ToArray();
            return Scalar(reader.TokenType == JsonTokenType.String ? Quote(text) : text);
        }

        var result = new JsonTree(reader.TokenType == JsonTokenType.StartObject ? '{' : '[');
        while (reader.Read() && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
        {
            byte[] name = [];
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                name = Quote(reader.ValueSpan.ToArray());
                reader.Read();
            }

            result.Members.Add((name, Read(ref reader)));
        }

        return result;
    }

    private static byte[] Quote(byte[] text) => [(byte)'"', .. text, (byte)'"'];

    /// <summary>All nodes, this one first.</summary>
    public void Collect(List<JsonTree> into)
    {
        into.Add(this);
        foreach ((_, JsonTree value) in Members) value.Collect(into);
    }

    /// <summary>Becomes another one.</summary>
    public void Become(JsonTree other)
    {
        (byte[], JsonTree)[] members = [.. other.Members];
        (Open, Text) = (other.Open, other.Text);
        Members.Clear();
        Members.AddRange(members);
    }

    /// <summary>Becomes an object or an array, with what it has.</summary>
    public void Wrap(char open)
    {
        JsonTree inner = Copy();
        Members.Clear();
        Members.Add(("\"manifests\""u8.ToArray(), inner));
        (Open, Text) = (open, []);
    }

    public JsonTree Copy()
    {
        var copy = new JsonTree(Open) { Text = Text };
        foreach ((byte[] name, JsonTree value) in Members) copy.Members.Add((name, value.Copy()));
        return copy;
    }

    /// <summary>The document; with a source of chance, blanks are strewn between its tokens.</summary>
    public byte[] ToBytes(Random? chance)
    {
        using var stream = new MemoryStream();
        Write(stream, chance);
        return stream.ToArray();
    }

    private void Write(MemoryStream stream, Random? chance)
    {
        if (Open == '\0')
        {
            stream.Write(Text);
            return;
        }

        stream.WriteByte((byte)Open);
        for (int i = 0; i < Members.Count; i++)
        {
            if (i > 0) stream.WriteByte((byte)',');
            Blank(stream, chance);
            if (Open == '{')
            {
                stream.Write(Members[i].Name);
                stream.WriteByte((byte)':');
                Blank(stream, chance);
            }

            Members[i].Value.Write(stream, chance);
            Blank(stream, chance);
        }

        stream.WriteByte((byte)(Open == '{' ? '}' : ']'));
    }

    private static void Blank(MemoryStream stream, Random? chance)
    {
        for (int n = chance?.Next(3) ?? 0; n > 0; n--) stream.WriteByte((byte)Blanks[chance!.Next(4)]);
    }

    public override string ToString() => Encoding.UTF8.GetString(ToBytes(null));
}
