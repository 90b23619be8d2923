using System;
using System.Collections.Generic;
using System.Numerics;
using System.Text.Json;

namespace OciLayout.Model;

/// <summary>Writes a document of plain values as JSON. Members are written in the order in which they are listed.</summary>
internal static class PlainJson
{
    /// <summary>Returns a document as UTF-8 without a byte order mark and without white space.</summary>
    /// <param name="value">A list of members (<c>KeyValuePair&lt;string, object?&gt;</c>), a list of values, a <see cref="Descriptor"/>, text, a
    /// number, a boolean or null.</param>
    public static byte[] Write(object? value) => Json.Write(writer => Write(writer, value));

    private static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case IReadOnlyList<KeyValuePair<string, object?>> members:
                writer.WriteStartObject();
                foreach (var member in members)
                {
                    writer.WritePropertyName(member.Key);
                    Write(writer, member.Value);
                }

                writer.WriteEndObject();
                break;
            case IReadOnlyList<object?> items:
                writer.WriteStartArray();
                foreach (var item in items) Write(writer, item);
                writer.WriteEndArray();
                break;
            case Descriptor descriptor:
                DescriptorJson.Write(writer, descriptor);
                break;
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool truth:
                writer.WriteBooleanValue(truth);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case ulong number:
                writer.WriteNumberValue(number);
                break;
            case decimal number:
                writer.WriteNumberValue(number);
                break;
            case double number:
                writer.WriteNumberValue(number);
                break;
            case BigInteger number:
                writer.WriteRawValue(number.ToString(System.Globalization.CultureInfo.InvariantCulture));
                break;
            default:
                throw new ArgumentException($"A value of the type {value.GetType()} cannot be written.", nameof(value));
        }
    }
}
