using System;
using System.Collections.Generic;
using System.Text.Json;

namespace OciLayout.Model;

/// <summary>Compares JSON by value. White space, escapes and the order of members do not matter.</summary>
internal static class JsonEquality
{
    // Limits the recursion. Deeper values count as different unless their bytes are equal.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };

    /// <summary>Returns whether two documents have the same value. An object with duplicate members only equals the same bytes.</summary>
    public static bool AreSame(ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other)
    {
        if (one.Span.SequenceEqual(other.Span)) return true;
        try
        {
            using var first = JsonDocument.Parse(one, Options);
            using var second = JsonDocument.Parse(other, Options);
            return AreSame(first.RootElement, second.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false; // too deep, or not valid Unicode
        }
    }

    private static bool AreSame(JsonElement one, JsonElement other)
    {
        if (one.ValueKind != other.ValueKind) return false;
        return one.ValueKind switch
        {
            JsonValueKind.Object => AreSameObjects(one, other),
            JsonValueKind.Array => AreSameArrays(one, other),
            JsonValueKind.String => one.GetString() == other.GetString(),
            JsonValueKind.Number => one.GetRawText() == other.GetRawText(),
            _ => true,
        };
    }

    private static bool AreSameArrays(JsonElement one, JsonElement other)
    {
        if (one.GetArrayLength() != other.GetArrayLength()) return false;
        for (var i = 0; i < one.GetArrayLength(); i++)
        {
            if (!AreSame(one[i], other[i])) return false;
        }

        return true;
    }

    private static bool AreSameObjects(JsonElement one, JsonElement other)
    {
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in one.EnumerateObject())
        {
            if (members.ContainsKey(member.Name)) return false;
            members.Add(member.Name, member.Value);
        }

        foreach (var member in other.EnumerateObject())
        {
            if (!members.TryGetValue(member.Name, out var value) || !AreSame(value, member.Value)) return false;
            members.Remove(member.Name);
        }

        return members.Count == 0;
    }
}
