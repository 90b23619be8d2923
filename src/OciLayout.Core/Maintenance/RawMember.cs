using System;
using System.Collections.Generic;
using System.Text.Json;

namespace OciLayout.Maintenance;

/// <summary>A member of a JSON object, with its value as it is written. A writer copies the bytes, so the depth of the value does not matter.</summary>
internal readonly record struct RawMember(string Name, ReadOnlyMemory<byte> Value)
{
    /// <summary>The members of an object, in their order.</summary>
    /// <exception cref="JsonException">It is not an object.</exception>
    public static List<RawMember> Of(ReadOnlyMemory<byte> json) => OciLayout.Json.Guard(() =>
    {
        var members = new List<RawMember>();
        var reader = new Utf8JsonReader(json.Span, OciLayout.Json.ReaderOptions);
        reader.Read();
        OciLayout.Json.Expect(ref reader, JsonTokenType.StartObject, "the document", "an object");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            members.Add(new RawMember(name, json.Slice(start, (int)reader.BytesConsumed - start)));
        }

        return members;
    });

    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WritePropertyName(Name);
        writer.WriteRawValue(Value.Span, skipInputValidation: true);
    }
}
