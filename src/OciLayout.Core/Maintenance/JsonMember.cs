using System;
using System.Collections.Generic;
using System.Text.Json;

namespace OciLayout.Maintenance;

/// <summary>
/// A member of a JSON object, with its value as raw bytes. Writers copy these bytes, so the value may be nested to any depth.
/// </summary>
internal readonly record struct JsonMember(string Name, ReadOnlyMemory<byte> Value)
{
    /// <summary>Returns the members of an object in their order.</summary>
    /// <exception cref="JsonException">The document is not an object.</exception>
    public static List<JsonMember> Of(ReadOnlyMemory<byte> json) => Model.Json.Guard(() =>
    {
        var members = new List<JsonMember>();
        var reader = new Utf8JsonReader(json.Span, Model.Json.ReaderOptions);
        reader.Read();
        Model.Json.Expect(ref reader, JsonTokenType.StartObject, "the document", "an object");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            members.Add(new JsonMember(name, json.Slice(start, (int)reader.BytesConsumed - start)));
        }

        return members;
    });

    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WritePropertyName(Name);
        writer.WriteRawValue(Value.Span, skipInputValidation: true);
    }
}
