using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Text.Json;

namespace OciLayout.Safety.Hostile;

/// <summary>A JSON tree that can hold invalid JSON: duplicate names, or raw text in place of a value.</summary>
internal sealed class JsonTree
{
    private const string Blanks = " \n\t\r";

    private JsonTree(char open) => Open = open;

    /// <summary>The opening brace or bracket; 0 for a scalar.</summary>
    public char Open { get; private set; }

    /// <summary>The members of an object, or the items of an array, which ignore their names.</summary>
    public List<(byte[] Name, JsonTree Value)> Members { get; } = [];

    /// <summary>The raw text of a scalar.</summary>
    public byte[] Text { get; private set; } = [];

    public static JsonTree Scalar(byte[] text) => new('\0') { Text = text };

    /// <summary>Parses a document. Returns null if it is not valid JSON.</summary>
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

    /// <summary>Adds this node and all nodes below it to a list.</summary>
    public void Collect(List<JsonTree> into)
    {
        into.Add(this);
        foreach ((_, JsonTree value) in Members) value.Collect(into);
    }

    /// <summary>Takes over the value of another node.</summary>
    public void Become(JsonTree other)
    {
        (byte[], JsonTree)[] members = [.. other.Members];
        (Open, Text) = (other.Open, other.Text);
        Members.Clear();
        Members.AddRange(members);
    }

    /// <summary>Wraps the value of this node in an object or an array.</summary>
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

    /// <summary>Returns the text of the document, with random white space between the tokens if a source of randomness is given.</summary>
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
